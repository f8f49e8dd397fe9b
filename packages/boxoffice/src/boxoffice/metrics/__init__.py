"""The figures: what each means (`catalogue`), and how it is read (`readers`)."""
