// Package rulebook reads and writes routing's rules as files that people keep, tells in what two sets differ, and tells a person why a
// complaint goes where it goes. A file is judged as far as it can be without a server: its form, the contract's bounds and each
// condition, with every mistake at its line and column. Which departments and skills there are only routing knows.
package rulebook
