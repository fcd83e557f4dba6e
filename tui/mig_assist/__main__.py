"""``python -m mig_assist`` is the same program as ``mig-assist``."""

from mig_assist.program import main

if __name__ == "__main__":
    main()
