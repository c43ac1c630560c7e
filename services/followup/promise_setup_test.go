package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// promises is the service as an agent calls it, or somebody with other roles.
func (d *desk) promises(roles ...authv1.Role) followupv1.PromiseServiceClient {
	if len(roles) == 0 {
		roles = []authv1.Role{authv1.Role_AGENT}
	}
	return followupv1.NewPromiseServiceClient(d.harness.Conn("agents/lin", roles...))
}

// saidOnce is what was said in a conversation, due within some time.
func (d *desk) saidOnce(within time.Duration) *followupv1.Promise {
	return &followupv1.Promise{Text: "我们会把检测报告发给您。", DueTime: timestamppb.New(d.clock.Now().Add(within))}
}

// updates are progress updates, so far apart.
func (d *desk) updates(period time.Duration) *followupv1.Promise {
	p := d.saidOnce(period)
	p.Period = durationpb.New(period)
	return p
}

func (d *desk) promise(t *testing.T, complaint string, p *followupv1.Promise) *followupv1.Promise {
	t.Helper()
	made, err := d.promises().CreatePromise(t.Context(), &followupv1.CreatePromiseRequest{Parent: complaint, Promise: p})
	require.NoError(t, err)
	return made
}

func (d *desk) keep(t *testing.T, promise *followupv1.Promise, at time.Time) *followupv1.Promise {
	t.Helper()
	req := &followupv1.KeepPromiseRequest{Name: promise.GetName(), Evidence: "SF1234567890"}
	if !at.IsZero() {
		req.KeepTime = timestamppb.New(at)
	}
	kept, err := d.promises().KeepPromise(t.Context(), req)
	require.NoError(t, err)
	return kept
}

func (d *desk) reread(t *testing.T, promise *followupv1.Promise) *followupv1.Promise {
	t.Helper()
	p, err := d.promises().GetPromise(t.Context(), &followupv1.GetPromiseRequest{Name: promise.GetName()})
	require.NoError(t, err)
	return p
}

func (d *desk) list(t *testing.T, complaint, filter string) []*followupv1.Promise {
	t.Helper()
	res, err := d.promises().ListPromises(t.Context(), &followupv1.ListPromisesRequest{Parent: complaint, Filter: filter})
	require.NoError(t, err)
	return res.GetPromises()
}

// objections are what stands in the way of resolving the first cycle.
func (d *desk) objections(t *testing.T, complaint string) []string {
	t.Helper()
	res, err := d.worker.CheckResolution(t.Context(), &followupv1.CheckResolutionRequest{Complaint: complaint, Cycle: 1})
	require.NoError(t, err)
	return res.GetObjections()
}

// fulfilled are the proposals of the first cycle of which nothing is owed any more.
func (d *desk) fulfilled(t *testing.T, complaint string) []string {
	t.Helper()
	res, err := d.worker.CheckResolution(t.Context(), &followupv1.CheckResolutionRequest{Complaint: complaint, Cycle: 1})
	require.NoError(t, err)
	return res.GetFulfilled()
}

// payloads reads followup's events on a complaint.
func (d *desk) payloads(t *testing.T, complaint string) []*eventv1.Payload {
	t.Helper()
	var list []*eventv1.Payload
	for _, e := range d.events(t, complaint) {
		p, err := eventlog.Decode(e)
		require.NoError(t, err)
		list = append(list, p)
	}
	return list
}

// tail are the types of the last events on a complaint.
func (d *desk) tail(t *testing.T, complaint string, n int) []string {
	t.Helper()
	types := d.types(t, complaint)
	return types[max(0, len(types)-n):]
}

// accepted is what remedy tells when a customer has chosen an option of two parts.
func (d *desk) accepted(t *testing.T, complaint string) *eventv1.Payload {
	t.Helper()
	key, err := dataKey(customer)
	require.NoError(t, err)
	words, err := key.Seal([]byte("your money back"), "somewhere in remedy")
	require.NoError(t, err)
	return &eventv1.Payload{Kind: &eventv1.Payload_OfferAnswered{OfferAnswered: &eventv1.OfferAnswered{
		Remedy: complaint + "/remedies/01jb3p5v9x7k2m4n6q8r0t1w3y", Version: 1, Answer: "ACCEPTED", Option: 1,
		Parts: []*eventv1.OwedPart{
			{
				Part: 1, Kind: "REFUND", Owner: "agents/wu", DueTime: timestamppb.New(d.clock.Now().Add(24 * time.Hour)),
				Amount:   &money.Money{CurrencyCode: "CNY", Units: 200, Nanos: 500_000_000},
				Contents: &eventv1.Sealed{Customer: customer, Ciphertext: words, Place: "somewhere in remedy"},
			},
			{Part: 2, Kind: "RESHIP", DueTime: timestamppb.New(d.clock.Now().Add(12 * time.Hour))},
		},
	}}}
}

// pass lets some time pass.
func (d *desk) pass(after time.Duration) { d.clock.Set(d.clock.Now().Add(after)) }
