"""An app: its folder read, its files checked, its records kept, its functions whitelisted."""
