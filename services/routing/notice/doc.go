// Package notice tells the firm's own people: it words what is to be told in their language, and hands it to a channel.
//
// A channel has no memory. Telling twice under one id is telling once for a receiver that looks at the id: the Message-ID of an e-mail,
// the webhook-id of a request. A message holds no customer's words and no personal data but the address it goes to, which stands in
// no error: errors are logged and listed.
package notice
