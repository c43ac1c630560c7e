// Package notice writes what Redress sends to customers by itself: so far the
// acknowledgement (ACK-1), in simplified and traditional Chinese and English.
//
// A template neither accepts nor denies that anybody is liable. It thanks,
// takes the feeling seriously, and says only what is certain: the reference, who
// takes care, the times that were declared, and who to turn to above. Templates
// are read and tried once, at the start, so that none fails on a customer.
package notice
