// Package roster brings routing's directory into line with a file, and writes it into one. A file states resources by name and, of each,
// the fields that it is about: what it does not state stays as it is. It goes over the interface like anybody else, with etags, so that
// nobody's change is overwritten unseen.
package roster
