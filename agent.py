"""`python agent.py check`, `dev`, `start` or `console`; the rest is in the package `agent`."""

if __name__ == "__main__":
    from agent.main import main

    main()
