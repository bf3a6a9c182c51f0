"""`python agent.py dev`, `start`, `console` or `check`; all else is in the package `agent`."""

if __name__ == "__main__":
    from agent.app import main

    main()
