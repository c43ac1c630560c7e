// Package review holds the workflow that has periods reviewed when they are over (REV-1), and the schedules that start it: one for days, one for
// weeks, one for months.
//
// The workflow counts nothing. Service review says which periods have no review yet, and makes one; the workflow asks until it has. So what a
// schedule missed, since Temporal was away or is new, the next run makes up for, as far back as the policy says; and however often a period is
// asked for, it has one review.
package review
