"""Who is measured: each module is one program that says which machines of the stand-in fail."""
