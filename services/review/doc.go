// Package review owns what the firm learns from complaints that are over: the record of each cycle (REV-3), and what is improved because of
// them (REV-2).
//
// record.go reads as when a record is written, gather.go as where its facts come from. These hold at any time:
//
//   - A record copies what intake, routing, remedy and followup answer about a cycle; it reckons nothing but sums and the cost of handling.
//   - No version of a record is ever changed. What turns out later is a new version that names the one before, and every version has a place
//     among all (Sequence): who remembers the highest place counts the same again.
//   - A record is written once a cycle is over for all who own facts of it, and not before.
//   - There is one improvement at a time for each subject, from its opening until it was looked at whether it helped.
//   - What is overdue, done or effective is decided by recorded times, whenever anybody asks (CLK-1).
//   - Words about a complaint are sealed with the customer's data key (API-4). Improvements are about no customer, and their words are plain.
//   - What is recorded and the events that tell of it are one transaction.
package review
