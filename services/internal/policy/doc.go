// Package policy holds the numbers and lists that a firm sets for itself: how
// fast a customer is called back, when people are at work, who hears of a
// broken duty, which department answers for what. The code of the services has
// none of these; it asks a Policy.
//
// The built-in default is default.yaml, beside this file, with the requirement
// behind each number, wording.yaml, what is written to customers, and risk.yaml, the words that they are read by. A firm's own file is
// laid over it field by field (overlay.go): what the file leaves out keeps its built-in value; what it states holds, be it 0; a stated
// list or map takes the place of the built-in one, and an empty one empties it. In the two long sections, wording and risk, a list or map
// changes only the entries that it names, unless the section says "whole: true". A file with a mistake is refused,
// every problem on a line that names file, line, column and field (mistake.go).
package policy
