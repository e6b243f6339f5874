"""What an application is told about a sign-in before it answers its user."""
