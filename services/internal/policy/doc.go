// Package policy holds the numbers and lists that a firm sets for itself: how
// fast a customer is called back, when people are at work, who hears of a
// broken duty, which department answers for what. The code of the services has
// none of these; it asks a Policy.
//
// The built-in default is default.yaml, beside this file, with the requirement
// behind each number, wording.yaml, what is written to customers, and risk.yaml, the words that they are read by. A firm's own file is
// laid over it section by section: a section that the file states replaces the default's section whole, an absent
// one keeps the default. The two long ones, wording and risk, are laid over entry by entry (overlay.go). A file with a mistake is refused, each problem on a
// line that names file, line, column and field.
package policy
