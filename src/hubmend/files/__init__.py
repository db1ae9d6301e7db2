"""The user's source files on disk: found as git sees them, read whole, replaced at once."""

from hubmend.files.tree import FileTree

__all__ = ["FileTree"]
