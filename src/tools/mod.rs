//! One file per tool, and one list of them. Read-only mode, toolsets, docs and snapshots are loops over the list.
