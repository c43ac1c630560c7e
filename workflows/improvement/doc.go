// Package improvement holds the workflow that keeps the time of one improvement: of something that is done because too many complaints are
// about one thing (REV-2).
//
// The workflow decides nothing. Review has the improvement on record, and says when to ask again: at the due time, when it tells that nobody has
// done it, and some time after it was done, when it looks at whether it helped. The workflow knows when to ask. A review that is down delays that
// and loses nothing.
package improvement
