"""[StepFunctions.1] Step Functions state machines should have logging turned on.

`record.py` answers each question of core.control; the other modules each know one of them.
"""
