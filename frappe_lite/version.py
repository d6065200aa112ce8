"""The version, where the build can read it without importing anything."""

VERSION = "0.1.0"
