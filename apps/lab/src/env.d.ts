// Nothing to declare yet. Keeps the program of the workers from being empty.
export {}
