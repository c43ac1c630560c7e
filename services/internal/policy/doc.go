// Package policy holds the numbers and lists that a firm sets for itself: how
// fast a customer is called back, when people are at work, who hears of a
// broken duty, which department answers for what. The code of the services has
// none of these; it asks a Policy.
//
// The built-in default is default.yaml, beside this file, with the requirement
// behind each number, wording.yaml, what is written to customers, and risk.yaml, the words that they are read by. A firm's own file is
// laid over it section by section: a section that the file states replaces the default's section, an absent
// one keeps the default. Single values that a section must have and leaves out are the default's, so that files from before there were
// these values load. The two long ones, wording and risk, are laid over entry by entry (overlay.go). A file with a mistake is refused,
// each problem on a line that names file, line, column and field.
package policy
