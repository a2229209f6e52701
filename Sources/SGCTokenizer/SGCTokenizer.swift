import SGCBase
