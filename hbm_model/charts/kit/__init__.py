"""What every chart is made of: style, marks, rows, labels, words."""
