"""What hubmend writes into Security Hub: generic over controls, for they all have findings."""
