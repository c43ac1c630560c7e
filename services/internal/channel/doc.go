// Package channel hands messages over: to the firm's own people, and to customers. It is the one place that speaks with mail servers and
// webhooks.
//
// A channel has no memory: what is to be sent, and whether it was, is on record with whoever sends it. Sending twice under one id is
// sending once for a receiver that looks at the id: the Message-ID of an e-mail, the webhook-id of a request. No error holds an address or
// a text, since errors are logged and listed; receipts hold neither, since they are on record as they are.
package channel
