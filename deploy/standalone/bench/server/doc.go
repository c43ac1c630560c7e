// Package server runs the product as a process of its own, so that what is measured and what measures share the processor, as they
// do everywhere, but not the heap and the scheduler of one program.
//
// The program that measures starts itself again: Start runs a command whose last argument is a configuration, and Serve is what
// that command does. The child says on standard output where it answers, reads orders from standard input, one a line, answers
// each with a line, and ends when standard input does; so it never outlives who started it.
package server
