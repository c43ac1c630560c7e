// Package storetest is what every remedy.Store must do. There are no exceptions.
package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/remedy"
)

// Env is an empty store with what a test needs to look behind it.
type Env struct {
	// Store is the store.
	Store remedy.Store
	// Ledger reads what the store has written of money.
	Ledger remedy.LedgerStore
	// Approvals reads what the store has written of approvals.
	Approvals remedy.ApprovalStore
	// Cases reads what others accepted.
	Cases remedy.CaseStore
	// Refusals reads what was refused.
	Refusals remedy.RefusalStore
	// Deductions reads and exports what was suggested.
	Deductions remedy.DeductionStore
	// Claims reads what is claimed of third parties.
	Claims remedy.ClaimStore
	// People knows who there is.
	People remedy.PeopleStore
	// Types reads the types of the events that the store has put into its log for a subject, in order.
	Types func(t *testing.T, subject string) []string
}

// Run checks the stores that open makes, each empty and independent of the others.
func Run(t *testing.T, open func(t *testing.T) Env) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Env){
		"an unknown complaint":           unknown,
		"a change is written whole":      whole,
		"a failed change writes nothing": nothing,
		"an event is accepted once":      eventOnce,
		"a command is carried out once":  commandOnce,
		"remedies are listed in order":   order,
		"one change at a time":           oneAtATime,
		"a proposal is revised":          revised,
		"requests are kept":              items,
		"one budget":                     oneBudget,
		"one customer":                   oneCustomer,
		"one day":                        oneDay,
		"one complaint":                  oneComplaint,
		"what is used of caps":           funds,
		"sums without a bound":           greatSums,
		"in what all is counted":         denominated,
		"solved cases":                   solved,
		"approvals":                      approvals,
		"what is open":                   openApprovals,
		"approvals are listed":           approvalList,
		"one decision":                   oneDecision,
		"refusals step by step":          refusals,
		"claims on third parties":        claims,
		"what deductions go by":          accounts,
		"who there is":                   people,
		"deductions are listed":          deductions,
		"one month of somebody":          oneMonth,
		"what a month's pay is":          pays,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// at is a moment in the precision that stores keep, so many seconds after the first one.
func at(seconds int) time.Time {
	return time.Date(2026, 3, 1, 9, 0, 0, 123_000, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// complaint is a known complaint of which all was heard.
func complaint(id string) remedy.Complaint {
	return remedy.Complaint{ID: id, Customer: "customers/" + id, Cycle: 1, Facts: remedy.Facts{
		ReceiveTime: at(0), Language: "zh-Hans", Severity: policyv1.Severity_URGENT, Target: "agents/wu", AlsoAbout: []string{"agents/mo", "agents/hu"}, Restated: true,
		Words:    []remedy.Words{{Message: "complaints/" + id + "/messages/m", Time: at(4), Against: true}, {Message: "complaints/" + id + "/messages/n", Time: at(5), Thanks: true}},
		RealNeed: []byte{0, 1}, Established: policyv1.Establishment_PARTLY,
		Causes:   []policyv1.Cause{policyv1.Cause_STAFF_COLD, policyv1.Cause_THIRD_PARTY},
		Scenario: policyv1.Scenario_PRICE, Motive: policyv1.Motive_RESPECT, Product: "p 1", Fault: "f",
		Responsibility: policyv1.Responsibility_PROBLEM_RECORD, Ruling: "complaints/" + id + "/rulings/r", Appealed: true,
		Department: "departments/returns", Assignee: "agents/lin", Authority: true,
		Heard: remedy.Heard{Understood: 1, Assessed: 2, Ruled: 3, Attended: 4, Assigned: 5, Waited: 6},
	}}
}

// proposal is a remedy that says all there is to say.
func proposal(complaint, id string, seconds int) remedy.Remedy {
	return remedy.Remedy{
		Complaint: complaint, ID: id, State: remedyv1.Remedy_ACCEPTED, Fallback: []byte{0, 255}, Customer: "customers/" + complaint,
		Proposer: "agents/lin", Cycle: 2, CreateTime: at(seconds), Version: 3, Revision: 1, ReviseTime: at(seconds), HistorySeen: true,
		Objection: []byte{9}, Approval: id + "-1", Department: "departments/returns", Most: 1 << 60,
		Grant:  remedy.Grant{Granter: "agents/wu", Time: at(seconds + 1), Alone: true},
		Review: remedy.Review{State: remedyv1.GrantReview_WRONG, Reviewer: "agents/he", Time: at(seconds + 2), Comment: []byte{8}},
		Offer: remedy.Offer{
			Teller: "agents/lin", Way: policyv1.ContactWay_PHONE, Time: at(seconds + 3), Words: []byte{7}, AnswerTime: at(seconds + 9),
			Reminded: true, Again: 2,
		},
		Answer: remedy.Answer{
			State: remedyv1.Remedy_ACCEPTED, Option: 1, Words: []byte{6}, Wanted: remedy.Money{Currency: "CNY", Units: 5}, Time: at(seconds + 4),
			Actor: "agents/lin", Owed: []remedy.Owed{{Promise: "complaints/a/promises/b", State: remedy.Kept}, {State: remedy.Let}},
		},
		Options: []remedy.Option{
			{
				Items: []string{"i1", "i2"}, Exceptional: true, Play: "playbooks/any/plays/sorry",
				Parts: []remedy.Part{{
					Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_ENTITLEMENT, Contents: []byte{1, 0},
					Amount: remedy.Money{Currency: "CNY", Units: 1_000_000_000_000, Nanos: 999_999_999}, FulfilTime: at(60), Cash: true,
					Owner: "agents/lin",
				}, {
					Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_FAULT, Contents: []byte{4}, ExpireTime: at(90),
					Threshold: remedy.Money{Currency: "CNY", Units: 500, Nanos: 1},
				}},
			},
			{Parts: []remedy.Part{{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_FAULT, Contents: []byte{2}}}},
			{Parts: []remedy.Part{{
				Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_GOODWILL, Contents: []byte{3}, Amount: remedy.Money{Currency: "HKD"},
			}}},
			{Fallback: true, Parts: []remedy.Part{
				{Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_ENTITLEMENT, Contents: []byte{5}, Amount: remedy.Money{Currency: "CNY", Units: 3}},
				{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_FAULT, Contents: []byte{6}},
			}},
		},
	}
}

// draft is an event on a complaint.
func draft(id string) eventlog.Draft {
	return eventlog.Draft{
		Subject: "complaints/" + id, Cycle: 1, Actor: "agents/lin", RecordTime: at(0),
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_RemedyProposed{RemedyProposed: &eventv1.RemedyProposed{OptionCount: 1}}},
	}
}

// put makes one change.
func put(t *testing.T, env Env, id string, changes remedy.Changes) {
	t.Helper()
	done, err := env.Store.Change(t.Context(), remedy.Change{Complaint: id}, func(c *remedy.Case) error {
		c.Changes = changes
		return nil
	})
	require.NoError(t, err)
	require.False(t, done.Repeated)
}

// propose puts a remedy on record.
func propose(t *testing.T, env Env, r remedy.Remedy) {
	t.Helper()
	put(t, env, r.Complaint, remedy.Changes{Remedy: &r})
}
