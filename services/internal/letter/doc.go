// Package letter fills in what is written to customers: the letters of the policy (wording.templates) in the customer's
// language. The acknowledgement that Redress sends by itself (ACK-1) and the drafts that agents ask for are the same letters.
//
// The notation is that of text/template, of which a letter may use a small closed part: a variable, and "with" and "if" on
// one. There are no functions, no loops and no fields of fields, and the variables of each kind of letter are a fixed list. So
// whether a letter can be filled in is known when the policy is read, and writing one to a customer cannot fail for its text:
// Check tries every combination of what may be unknown. A notation of our own would have had less, but everybody would have
// had to learn it; Mustache libraries escape for HTML by default, which is wrong in a letter.
package letter
