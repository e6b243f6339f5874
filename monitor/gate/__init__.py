"""Stands before an application: tells at each request whether its session may go on."""
