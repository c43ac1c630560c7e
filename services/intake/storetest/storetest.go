// Package storetest is what every implementation of intake.Store must pass.
package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/policy"
)

// Subject is a store under test, with what a test must see besides.
type Subject struct {
	intake.Store
	intake.RecordStore
	intake.MatterStore
	intake.TextIndex
	intake.SketchIndex
	intake.DirectoryStore
	intake.ImportStore
	intake.ReferenceStore
	// Events lists the types of a complaint's events in order.
	Events func(t *testing.T, complaint string) []string
	// Erase destroys a customer's key.
	Erase func(t *testing.T, customer string)
}

// Run runs the suite; open gives an empty store.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Subject){
		"a filed complaint is read back whole":  filed,
		"complaints share a customer":           customers,
		"first complaints filed at once":        race,
		"complaints filed at once":              crowd,
		"an erased customer is not found again": erased,
		"a taken reference":                     reference,
		"what fails is not recorded":            nothing,
		"a repeated command":                    repeated,
		"a change is written with its events":   change,
		"changes at once":                       concurrent,
		"a fact is applied once":                apply,
		"lists in four orders":                  list,
		"lists by filter":                       filters,
		"lists what is open":                    openCycles,
		"messages":                              messages,
		"entries of the record":                 entries,
		"entries that cannot be put":            entriesFail,
		"a kind of message is corrected":        reclassified,
		"two complaints change together":        pairs,
		"mergers against each other":            pairsAtOnce,
		"a customer's history":                  history,
		"the index of texts":                    index,
		"slices, and what is forgotten":         slicing,
		"assessments":                           assessments,
		"whose words they are":                  owners,
		"what is forgotten while it is folded":  forgottenWhileFolding,
		"a kind is corrected after a merger":    reclassifiedInAFamily,
		"what does not exist":                   absent,
		"what is told of the directory":         directory,
		"imported rows":                         imports,
		"a complaint by its reference":          byReference,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// start is when the first complaint is recorded.
func start() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 123456000, time.UTC) }

// complaint is the n-th complaint, with an id of the right form.
func complaint(n int) intake.Complaint {
	at := start().Add(time.Duration(n) * time.Minute)
	return intake.Complaint{
		ID: fmt.Sprintf("%026d", n), Reference: fmt.Sprintf("R-%d", n), State: intake.Received, Cycle: 1, Version: 1,
		Severity: 2, Channel: 2, TargetKind: 3, Language: "zh-Hans", PolicyVersion: "test-1",
		ReceiveTime: at.Add(-time.Hour), CycleTime: at.Add(-time.Hour), CreateTime: at, UpdateTime: at,
		Targets: policy.Targets{
			Acknowledge: at.Add(time.Minute), Contact: at.Add(2 * time.Minute), FirstResponse: at.Add(3 * time.Minute),
			Callback: at.Add(4 * time.Minute), Resolution: at.Add(5 * time.Minute),
		},
		Demanded: intake.Money{Currency: "CNY", Units: 200, Nanos: 5}, DemandCount: 2,
	}
}

// filing is what the service would hand to File; edits shape the complaint.
func filing(n int, lookups []string, edits ...func(*intake.Complaint)) intake.NewComplaint {
	c := complaint(n)
	for _, edit := range edits {
		edit(&c)
	}
	out := intake.NewComplaint{
		Name:     "complaints/" + c.ID,
		Customer: intake.Customer{Name: fmt.Sprintf("customers/%026d", n), WrappedKey: []byte{1, byte(n)}, CreateTime: c.CreateTime},
		Build: func(customer intake.Customer) (intake.Record, intake.Effects, error) {
			c := c
			c.Customer = customer.Name
			record := intake.Record{Complaint: c, WrappedKey: customer.WrappedKey, Filing: []byte("filing"), Details: []byte("details")}
			return record, effects(draft(c.ID, received(), true)), nil
		},
	}
	for _, lookup := range lookups {
		out.Lookups = append(out.Lookups, []byte(lookup))
	}
	return out
}

func draft(id string, payload *eventv1.Payload, first bool) eventlog.Draft {
	return eventlog.Draft{Subject: "complaints/" + id, Cycle: 1, Actor: "agents/lin", RecordTime: start(), Payload: payload, First: first}
}

func effects(drafts ...eventlog.Draft) intake.Effects { return intake.Effects{Events: drafts} }

func said() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_MessageRecorded{MessageRecorded: &eventv1.MessageRecorded{}}}
}

func received() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{}}}
}

func closed() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintClosed{ComplaintClosed: &eventv1.ComplaintClosed{}}}
}

func updated() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintUpdated{ComplaintUpdated: &eventv1.ComplaintUpdated{}}}
}

// mustFile files the n-th complaint.
func mustFile(t *testing.T, s Subject, n int, lookups []string, edits ...func(*intake.Complaint)) intake.Record {
	t.Helper()
	record, replay, err := s.File(t.Context(), filing(n, lookups, edits...))
	require.NoError(t, err)
	require.False(t, replay)
	return record
}

func filed(t *testing.T, s Subject) {
	t.Helper()
	record := mustFile(t, s, 1, []string{"phone"})
	want := complaint(1)
	want.Customer = fmt.Sprintf("customers/%026d", 1)
	require.Equal(t, intake.Record{Complaint: want, WrappedKey: []byte{1, 1}, Filing: []byte("filing"), Details: []byte("details")}, record)
	got, err := s.Get(t.Context(), want.ID)
	require.NoError(t, err)
	require.Equal(t, record, got)
	require.Equal(t, []string{"complaint_received"}, s.Events(t, record.Name()))
	customer, err := s.Customer(t.Context(), want.Customer)
	require.NoError(t, err)
	require.Equal(t, intake.Customer{Name: want.Customer, WrappedKey: []byte{1, 1}, CreateTime: want.CreateTime}, customer)
}

func customers(t *testing.T, s Subject) {
	t.Helper()
	first := mustFile(t, s, 1, []string{"id-a", "phone-a"})
	require.Equal(t, first.Customer, mustFile(t, s, 2, []string{"phone-a", "mail-a"}).Customer, "the same telephone number")
	require.Equal(t, first.Customer, mustFile(t, s, 3, []string{"mail-a"}).Customer, "an e-mail address that the second one added")
	other := mustFile(t, s, 4, []string{"phone-b"})
	require.NotEqual(t, first.Customer, other.Customer)
	require.Equal(t, other.Customer, mustFile(t, s, 5, []string{"phone-b", "mail-a"}).Customer, "the most trusted one decides")
	require.Equal(t, first.Customer, mustFile(t, s, 6, []string{"mail-a"}).Customer, "and takes nothing away from the other")
	require.Equal(t, other.WrappedKey, mustFile(t, s, 7, []string{"phone-b"}).WrappedKey)
}

func race(t *testing.T, s Subject) {
	t.Helper()
	const n = 8
	var names [n]string
	var failures [n]error
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			lookups := []string{"phone", "mail"}
			if i%2 == 1 {
				lookups = []string{"mail", "phone", fmt.Sprintf("id-%d", i)}
			}
			record, _, err := s.File(context.WithoutCancel(t.Context()), filing(i+1, lookups))
			names[i], failures[i] = record.Customer, err
		})
	}
	group.Wait()
	for i := range n {
		require.NoError(t, failures[i])
		require.Equal(t, names[0], names[i])
	}
	_, err := s.Customer(t.Context(), names[0])
	require.NoError(t, err)
}

// crowd files many complaints at once: repeated commands, shared customers, taken
// references and complaints that fail among ordinary ones. Each must be as if it
// had been filed alone.
func crowd(t *testing.T, s Subject) {
	t.Helper()
	covers.Requirement(t, "API-1")
	mustFile(t, s, 1, []string{"taken"})
	failure := errors.New("no")
	const n = 120
	var records [n]intake.Record
	var failures [n]error
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			f := filing(i+2, []string{fmt.Sprintf("phone-%d", i%60%40), fmt.Sprintf("mail-%d", i%60%40)})
			f.Command = command(fmt.Sprintf("key-%d", i%60))
			switch i % 60 {
			case 7:
				build := f.Build
				f.Build = func(c intake.Customer) (intake.Record, intake.Effects, error) {
					record, effects, err := build(c)
					record.Reference = "R-1"
					return record, effects, err
				}
			case 8:
				f.Build = func(intake.Customer) (intake.Record, intake.Effects, error) {
					return intake.Record{}, intake.Effects{}, failure
				}
			}
			records[i], _, failures[i] = s.File(context.WithoutCancel(t.Context()), f)
		})
	}
	group.Wait()
	customers := map[int]string{}
	for i := range n {
		switch i % 60 {
		case 7:
			require.ErrorIs(t, failures[i], intake.ErrReferenceTaken)
			continue
		case 8:
			require.ErrorIs(t, failures[i], failure)
			continue
		}
		require.NoError(t, failures[i])
		require.Equal(t, records[i%60].ID, records[i].ID, "one complaint for a key")
		got, err := s.Get(t.Context(), records[i].ID)
		require.NoError(t, err)
		require.Equal(t, got, records[i])
		require.Equal(t, []string{"complaint_received"}, s.Events(t, got.Name()))
		_, err = s.Customer(t.Context(), got.Customer)
		require.NoError(t, err)
		who := i % 60 % 40
		require.Equal(t, cmp.Or(customers[who], got.Customer), got.Customer, "one customer for a telephone number")
		customers[who] = got.Customer
	}
}

func erased(t *testing.T, s Subject) {
	t.Helper()
	covers.Requirement(t, "API-4")
	first := mustFile(t, s, 1, []string{"phone", "mail"})
	s.Erase(t, first.Customer)
	got, err := s.Get(t.Context(), first.ID)
	require.NoError(t, err)
	require.Empty(t, got.WrappedKey)
	customer, err := s.Customer(t.Context(), first.Customer)
	require.NoError(t, err)
	require.Empty(t, customer.WrappedKey)
	second := mustFile(t, s, 2, []string{"phone"})
	require.NotEqual(t, first.Customer, second.Customer)
	require.NotEmpty(t, second.WrappedKey)
	require.NotEqual(t, first.Customer, mustFile(t, s, 3, []string{"mail"}).Customer)
}

func reference(t *testing.T, s Subject) {
	t.Helper()
	mustFile(t, s, 1, []string{"phone"})
	taken := filing(2, []string{"mail"}, func(c *intake.Complaint) { c.Reference = "R-1" })
	_, _, err := s.File(t.Context(), taken)
	require.ErrorIs(t, err, intake.ErrReferenceTaken)
	_, err = s.Customer(t.Context(), taken.Customer.Name)
	require.ErrorIs(t, err, intake.ErrNotFound, "nothing of it is recorded")
	mustFile(t, s, 2, []string{"mail"})
}

func nothing(t *testing.T, s Subject) {
	t.Helper()
	covers.Requirement(t, "API-1")
	failure := errors.New("no")
	n := filing(1, []string{"phone"})
	n.Command = command("key-1")
	build := n.Build
	n.Build = func(intake.Customer) (intake.Record, intake.Effects, error) {
		return intake.Record{}, intake.Effects{}, failure
	}
	_, _, err := s.File(t.Context(), n)
	require.ErrorIs(t, err, failure)
	_, err = s.Get(t.Context(), complaint(1).ID)
	require.ErrorIs(t, err, intake.ErrNotFound)
	_, err = s.Customer(t.Context(), n.Customer.Name)
	require.ErrorIs(t, err, intake.ErrNotFound)
	n.Build = build
	record, replay, err := s.File(t.Context(), n)
	require.NoError(t, err)
	require.False(t, replay, "the key is free again")

	_, err = s.Change(t.Context(), command("key-2"), record.ID, func(r *intake.Record) (intake.Effects, error) {
		r.Version, r.State = 9, intake.Closed
		return intake.Effects{Events: []eventlog.Draft{draft(r.ID, closed(), false)}}, failure
	})
	require.ErrorIs(t, err, failure)
	got, err := s.Get(t.Context(), record.ID)
	require.NoError(t, err)
	require.Equal(t, record, got)
	require.Equal(t, []string{"complaint_received"}, s.Events(t, record.Name()))
}

func command(key string) idem.Command {
	return idem.Command{
		Caller: "agents/lin", Method: "/test", Key: key, Fingerprint: []byte("same"), Now: start(), Retention: 24 * time.Hour,
	}
}

func repeated(t *testing.T, s Subject) {
	t.Helper()
	covers.Requirement(t, "API-1")
	n := filing(1, []string{"phone"})
	n.Command = command("file")
	first, replay, err := s.File(t.Context(), n)
	require.NoError(t, err)
	require.False(t, replay)
	again := filing(2, []string{"phone"})
	again.Command = n.Command
	second, replay, err := s.File(t.Context(), again)
	require.NoError(t, err)
	require.True(t, replay)
	require.Equal(t, first, second)
	_, err = s.Get(t.Context(), complaint(2).ID)
	require.ErrorIs(t, err, intake.ErrNotFound)

	calls := 0
	bump := func(r *intake.Record) (intake.Effects, error) {
		calls++
		r.Version++
		return intake.Effects{Events: []eventlog.Draft{draft(r.ID, updated(), false)}}, nil
	}
	for range 3 {
		record, err := s.Change(t.Context(), command("change"), first.ID, bump)
		require.NoError(t, err)
		require.EqualValues(t, 2, record.Version)
	}
	require.Equal(t, 1, calls)
	require.Equal(t, []string{"complaint_received", "complaint_updated"}, s.Events(t, first.Name()))

	other := command("change")
	other.Fingerprint = []byte("another")
	_, err = s.Change(t.Context(), other, first.ID, bump)
	require.Equal(t, errorv1.Reason_IDEMPOTENCY_KEY_REUSED.String(), errs.Reason(err))
}

func change(t *testing.T, s Subject) {
	t.Helper()
	first := mustFile(t, s, 1, []string{"phone"})
	want := first
	got, err := s.Change(t.Context(), idem.Command{}, first.ID, func(r *intake.Record) (intake.Effects, error) {
		require.Equal(t, first, *r)
		at := start().Add(time.Hour)
		r.State, r.Outcome, r.Cycle, r.Version = intake.Closed, intake.Withdrawn, 2, 2
		r.Department, r.Assignee, r.Language = "departments/quality", "agents/xu", "en"
		r.CycleTime, r.UpdateTime, r.ResolveTime, r.CloseTime = at, at.Add(1000), at.Add(2000), at.Add(3000)
		r.Targets.Callback = at.Add(4000)
		r.Request = intake.Request{ID: "r1", Outcome: 2, Time: at.Add(5000), Phase: intake.Refused}
		r.Details = []byte("new details")
		want = *r
		return intake.Effects{
			Events:  []eventlog.Draft{draft(r.ID, updated(), false), draft(r.ID, closed(), false)},
			Lookups: [][]byte{[]byte("mail"), []byte("phone")},
		}, nil
	})
	require.NoError(t, err)
	require.Equal(t, want, got)
	got, err = s.Get(t.Context(), first.ID)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, []string{"complaint_received", "complaint_updated", "complaint_closed"}, s.Events(t, first.Name()))
	require.Equal(t, first.Customer, mustFile(t, s, 2, []string{"mail"}).Customer)

	// Without a new version nothing is written but what is told.
	_, err = s.Change(t.Context(), idem.Command{}, first.ID, func(r *intake.Record) (intake.Effects, error) {
		r.Department = "departments/other"
		return intake.Effects{Events: []eventlog.Draft{draft(r.ID, closed(), false)}}, nil
	})
	require.NoError(t, err)
	got, err = s.Get(t.Context(), first.ID)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, []string{"complaint_received", "complaint_updated", "complaint_closed", "complaint_closed"}, s.Events(t, first.Name()))
}

func concurrent(t *testing.T, s Subject) {
	t.Helper()
	covers.Requirement(t, "API-1")
	first := mustFile(t, s, 1, []string{"phone"})
	const n = 8
	var failures [n]error
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			_, failures[i] = s.Change(context.WithoutCancel(t.Context()), idem.Command{}, first.ID, func(r *intake.Record) (intake.Effects, error) {
				r.Version++
				return intake.Effects{Events: []eventlog.Draft{draft(r.ID, updated(), false)}}, nil
			})
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(failures[:]...))
	got, err := s.Get(t.Context(), first.ID)
	require.NoError(t, err)
	require.EqualValues(t, 1+n, got.Version, "no change is lost")
	require.Len(t, s.Events(t, first.Name()), 1+n)
}

func apply(t *testing.T, s Subject) {
	t.Helper()
	first := mustFile(t, s, 1, []string{"phone"})
	event := &eventv1.Event{EventId: "018f3c1e-0000-7000-8000-000000000001"}
	assign := func(r *intake.Record) (intake.Effects, error) {
		r.Version++
		r.Department = "departments/quality"
		return intake.Effects{Events: []eventlog.Draft{draft(r.ID, updated(), false)}}, nil
	}
	for try := range 3 {
		was, err := s.Apply(t.Context(), event, first.ID, assign)
		require.NoError(t, err)
		require.Equal(t, try == 0, was)
	}
	got, err := s.Get(t.Context(), first.ID)
	require.NoError(t, err)
	require.EqualValues(t, 2, got.Version)
	require.Equal(t, "departments/quality", got.Department)

	// A fact that fails is not noted as seen.
	event = &eventv1.Event{EventId: "018f3c1e-0000-7000-8000-000000000002"}
	was, err := s.Apply(t.Context(), event, complaint(9).ID, assign)
	require.ErrorIs(t, err, intake.ErrNotFound)
	require.False(t, was)
	was, err = s.Apply(t.Context(), event, "", nil)
	require.NoError(t, err)
	require.True(t, was)
	was, err = s.Apply(t.Context(), event, "", nil)
	require.NoError(t, err)
	require.False(t, was)
}

func absent(t *testing.T, s Subject) {
	t.Helper()
	id := complaint(1).ID
	_, err := s.Get(t.Context(), id)
	require.ErrorIs(t, err, intake.ErrNotFound)
	_, err = s.Change(t.Context(), idem.Command{}, id, func(*intake.Record) (intake.Effects, error) { panic("not called") })
	require.ErrorIs(t, err, intake.ErrNotFound)
	_, err = s.AddMessage(t.Context(), intake.NewMessage{Complaint: id, ID: id})
	require.ErrorIs(t, err, intake.ErrNotFound)
	_, _, err = s.Messages(t.Context(), id, "", 1)
	require.ErrorIs(t, err, intake.ErrNotFound)
	_, err = s.Customer(t.Context(), customerName(1))
	require.ErrorIs(t, err, intake.ErrNotFound)
	records, err := s.List(t.Context(), intake.Query{Limit: 1})
	require.NoError(t, err)
	require.Empty(t, records)
}
