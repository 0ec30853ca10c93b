"""The fleet's pages: views, and the words and numbers that their templates write."""
