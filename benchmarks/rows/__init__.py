"""The rows of the report: what is asked, of which server, with which credentials."""
