// Package amount reads money that is written out in texts, in Chinese of both scripts and in English: "退你500元", "five hundred yuan",
// "I refund 5000 tomorrow". It reads what somebody is to be given, and no fee or price that is only spoken of: a sentence counts that has a
// word of giving. It is pure and linear in the text.
package amount
