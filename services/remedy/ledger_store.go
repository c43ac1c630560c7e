package remedy

import (
	"context"
	"time"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// LedgerStore reads what was granted, held, released and spent. Filters are AIP-160; amounts in them are compared as Digits says.
type LedgerStore interface {
	// Grants lists what was decided alone, the oldest first.
	Grants(ctx context.Context, query LedgerQuery) ([]Remedy, error)
	// Ledger lists entries, the oldest first.
	Ledger(ctx context.Context, query LedgerQuery) ([]Entry, error)
	// Totals adds up entries by month, department and basis, in this order, and all of them together. There are so many at most.
	Totals(ctx context.Context, query LedgerQuery) (totals []Total, all Total, err error)
	// Budgets lists what departments granted in months, by month and department.
	Budgets(ctx context.Context, query BudgetQuery) ([]Used, error)
	// History lists the other complaints of a customer, the newest first, with what was given for each.
	History(ctx context.Context, customer, but string, since time.Time, limit int) ([]Past, error)
	// Denominate notes in what all that is recorded is counted, once: while nothing is, anything may be noted in its place. It answers with what is
	// noted, which is something else when there is something on record in that.
	Denominate(ctx context.Context, in Denomination) (Denomination, error)
	// Funds tells what is used of what a grant for a complaint would draw on. Nothing is locked.
	Funds(ctx context.Context, complaint string, keys FundKeys) (Funds, error)
	// Merged reads what was proposed for the complaints that went on in one, at first or second hand, with what the ledger has of it.
	Merged(ctx context.Context, complaint string) ([]Given, error)
}

// Denomination is what the numbers of the ledger stand for.
type Denomination struct {
	// Currency is the ISO 4217 code.
	Currency string
	// Digits is how many the currency has after the point.
	Digits int32
}

// LedgerQuery selects entries, or grants.
type LedgerQuery struct {
	// Filter is the caller's.
	Filter string
	// Digits is how many digits the currency has.
	Digits int32
	// After is where the page before ended; nil for the first page.
	After *LedgerPosition
	// Limit is how many to read at most.
	Limit int
}

// LedgerPosition is a place in the order of entries, or of grants.
type LedgerPosition struct {
	// Time is the time of the entry there.
	Time time.Time
	// ID is its id; of a grant that of the complaint and that of the remedy.
	ID string
}

// BudgetQuery selects what departments granted.
type BudgetQuery struct {
	// Department is "departments/{department}"; empty for all.
	Department string
	// Month is the one that is meant if the filter names none.
	Month string
	// Filter is the caller's.
	Filter string
	// After is the month and the department where the page before ended; nil for the first page.
	After []string
	// Limit is how many to read at most.
	Limit int
}

// Used is what a department granted in a month, in the smallest unit of the currency, but for entitlements.
type Used struct {
	// Department is "departments/{department}"; empty for what was granted while nobody was in charge.
	Department string
	// Month is the month.
	Month string
	// Held and Spent are what is held, and what was spent.
	Held, Spent int64
}

// Total adds up entries that have something in common. The sums are parted, since they may be greater than a number of the database.
type Total struct {
	// Department and Month are what they have in common; empty of all together.
	Department, Month string
	// Basis is why the customers got it.
	Basis remedyv1.Option_Basis
	// Held, Released and Spent are the sums, each parted: whole millions of the smallest unit, and the rest.
	Held, Released, Spent [2]int64
	// Remedies is how many.
	Remedies int32
}

// Past is an earlier complaint of a customer.
type Past struct {
	// Complaint is what was heard of it.
	Complaint Complaint
	// Given is what was held or spent for it, in the smallest unit of the currency, but for entitlements.
	Given int64
}
