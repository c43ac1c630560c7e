package remedy_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

// inTime is a time to come for which something may be promised, the same in all of a test.
var inTime = sync.OnceValue(func() time.Time {
	return time.Now().UTC().Truncate(time.Second).Add(300*24*time.Hour + 123*time.Microsecond)
})

// proposal is what an agent sends: a refund, a coupon or an apology.
func proposal() *remedyv1.Remedy {
	return &remedyv1.Remedy{
		Options: []*remedyv1.Option{
			{
				Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_ENTITLEMENT, Contents: "全额退款，原路退回",
				Amount:     &money.Money{CurrencyCode: "CNY", Units: 199, Nanos: 900_000_000},
				FulfilTime: timestamppb.New(inTime()),
			},
			{
				Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_GOODWILL, Contents: "满 500 减 50",
				Amount: &money.Money{CurrencyCode: "CNY", Units: 50},
			},
			{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_FAULT, Contents: "We are sorry."},
		},
		Fallback: "Somebody higher up calls you.",
	}
}

// metadataOf is what goes along with the reason of an error.
func metadataOf(t *testing.T, err error) map[string]string {
	t.Helper()
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetMetadata()
		}
	}
	t.Fatalf("no ErrorInfo: %v", err)
	return nil
}

func TestCreateRemedy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := w.receive()
	sent := proposal()
	sent.Name, sent.Proposer, sent.Cycle, sent.Etag = "complaints/x/remedies/y", "agents/wu", 9, "mine"
	got, err := w.create(t.Context(), complaint, sent)
	require.NoError(t, err)

	want := proposal()
	want.Name, want.State, want.Proposer, want.Cycle = got.GetName(), remedyv1.Remedy_PROPOSED, "agents/lin", 1
	want.CreateTime, want.Etag, want.Version = timestamppb.New(w.now), `"1"`, 1
	want.Department, want.Most = "departments/returns", want.GetOptions()[0].GetAmount()
	want.Approval = "approvals/" + strings.TrimPrefix(got.GetName(), complaint+"/remedies/") + "-1"
	want.Warnings = []*remedyv1.Warning{{Kind: remedyv1.Warning_ABOVE_AUTHORITY, Option: 2, Part: 1, Advice: "要先由第1级批准，批准前不要答应。"}}
	require.Regexp(t, "^"+complaint+"/remedies/[0-9a-z]{26}$", got.GetName())
	require.True(t, proto.Equal(want, got), "what only we say is not taken from the request: %v", got)
	list := w.list(w.agent, complaint)
	require.Len(t, list, 1)
	require.True(t, proto.Equal(want, list[0]), "%v", list[0])

	events := w.told(complaint)
	require.Len(t, events, 2)
	require.Equal(t, "approval_requested", events[1].GetType())
	require.Equal(t, "agents/lin", events[0].GetActor())
	require.EqualValues(t, 1, events[0].GetCycle())
	require.Equal(t, w.now, events[0].GetRecordTime().AsTime())
	payload, err := eventlog.Decode(events[0])
	require.NoError(t, err)
	require.True(t, proto.Equal(&eventv1.RemedyProposed{
		Remedy: got.GetName(), OptionCount: 3, Amount: &money.Money{CurrencyCode: "CNY", Units: 199, Nanos: 900_000_000},
		Version: 1,
	}, payload.GetRemedyProposed()), "%v", payload)
}

// TestAmountsCanBeSummed reads the columns as a report will.
func TestAmountsCanBeSummed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.create(t.Context(), w.receive(), proposal())
	require.NoError(t, err)
	var units, nanos int64
	require.NoError(t, w.db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT SUM(units), SUM(nanos) FROM remedy_parts WHERE currency = ?`, "CNY").Scan(&units, &nanos)
	}))
	require.EqualValues(t, 249, units)
	require.EqualValues(t, 900_000_000, nanos)
}

func TestCreateRemedyOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-1")
	w := newWorld(t)
	complaint := w.receive()
	ctx := rpctest.WithKey(t.Context(), "k")
	first, err := w.create(ctx, complaint, proposal())
	require.NoError(t, err)
	w.happens(complaint, 1, closed())
	again, err := w.create(ctx, complaint, proposal())
	require.NoError(t, err, "what was done is answered, though it could not be done now")
	require.Equal(t, first.GetName(), again.GetName())
	require.Equal(t, remedyv1.Remedy_WITHDRAWN, again.GetState(), "as it is by now")
	require.Len(t, w.list(w.agent, complaint), 1)
	require.Equal(t, 1, w.count(complaint, "remedy_proposed"))

	other := proposal()
	other.Fallback = ""
	_, err = w.create(ctx, complaint, other)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_IDEMPOTENCY_KEY_REUSED.String())

	// A key belongs to its caller; a call without a key is made as often as it is sent.
	w.happens(complaint, 2, reopened())
	_, err = w.as("agents/wu", authv1.Role_AGENT).CreateRemedy(ctx, &remedyv1.CreateRemedyRequest{Parent: complaint, Remedy: other})
	require.NoError(t, err)
	for range 2 {
		_, err = w.create(t.Context(), complaint, proposal())
		require.NoError(t, err)
	}
	require.Len(t, w.list(w.agent, complaint), 4)
}

func TestUnknownComplaints(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	name := "complaints/" + w.ids.ID()
	calls := map[string]func() error{
		"CreateRemedy": func() error { _, err := w.create(t.Context(), name, proposal()); return err },
		"ListRemedies": func() error {
			_, err := w.agent.ListRemedies(t.Context(), &remedyv1.ListRemediesRequest{Parent: name})
			return err
		},
	}
	for _, call := range calls {
		rpctest.RequireReason(t, call(), codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
	}
	w.now = w.now.Add(2 * time.Minute)
	for _, call := range calls {
		err := call()
		rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
		require.Equal(t, name, metadataOf(t, err)["name"])
	}
}

func TestInvalidProposals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := w.receive()
	for name, spoil := range map[string]func(*remedyv1.CreateRemedyRequest){
		"no parent":             func(r *remedyv1.CreateRemedyRequest) { r.Parent = "" },
		"another parent":        func(r *remedyv1.CreateRemedyRequest) { r.Parent = complaint + "/remedies/x" },
		"no remedy":             func(r *remedyv1.CreateRemedyRequest) { r.Remedy = nil },
		"blank contents":        func(r *remedyv1.CreateRemedyRequest) { r.Remedy.Options[0].Contents = "\u3000\u200b" },
		"no option":             func(r *remedyv1.CreateRemedyRequest) { r.Remedy.Options = nil },
		"too many options":      func(r *remedyv1.CreateRemedyRequest) { r.Remedy.Options = make21() },
		"no kind":               func(r *remedyv1.CreateRemedyRequest) { r.Remedy.Options[0].Kind = 0 },
		"a kind of no name":     func(r *remedyv1.CreateRemedyRequest) { r.Remedy.Options[0].Kind = 99 },
		"no basis":              func(r *remedyv1.CreateRemedyRequest) { r.Remedy.Options[0].Basis = 0 },
		"no contents":           func(r *remedyv1.CreateRemedyRequest) { r.Remedy.Options[0].Contents = "" },
		"long contents":         func(r *remedyv1.CreateRemedyRequest) { r.Remedy.Options[0].Contents = strings.Repeat("x", 2001) },
		"a long fallback":       func(r *remedyv1.CreateRemedyRequest) { r.Remedy.Fallback = strings.Repeat("x", 2001) },
		"a negative amount":     func(r *remedyv1.CreateRemedyRequest) { r.Remedy.Options[0].Amount.Units = -1 },
		"a negative fraction":   func(r *remedyv1.CreateRemedyRequest) { r.Remedy.Options[0].Amount.Nanos = -1 },
		"no currency":           func(r *remedyv1.CreateRemedyRequest) { r.Remedy.Options[0].Amount.CurrencyCode = "" },
		"a time that cannot be": func(r *remedyv1.CreateRemedyRequest) { r.Remedy.Options[0].FulfilTime.Seconds = 1 << 60 },
	} {
		t.Run(name, func(t *testing.T) {
			req := &remedyv1.CreateRemedyRequest{Parent: complaint, Remedy: proposal()}
			spoil(req)
			_, err := w.agent.CreateRemedy(rpctest.WithKey(t.Context(), "k"), req)
			rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
		})
	}
	require.Empty(t, w.list(w.agent, complaint))
	require.Empty(t, w.told(complaint))
	_, err := w.create(rpctest.WithKey(t.Context(), "k"), complaint, proposal())
	require.NoError(t, err, "a refused call does not use up its key")
}

// make21 is one option more than there may be.
func make21() []*remedyv1.Option {
	options := make([]*remedyv1.Option, 21)
	for i := range options {
		options[i] = proposal().GetOptions()[2]
	}
	return options
}

func TestRoles(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	w := newWorld(t)
	complaint := w.receive()
	want, err := w.create(t.Context(), complaint, proposal())
	require.NoError(t, err)
	bare := proto.CloneOf(want)
	bare.Fallback = ""
	for _, o := range bare.GetOptions() {
		o.Contents = ""
	}
	const none, lists, reads, proposes = 0, 1, 2, 3
	for role, may := range map[authv1.Role]int{
		authv1.Role_AGENT: proposes, authv1.Role_SUPERVISOR: proposes, authv1.Role_MANAGER: proposes, authv1.Role_EXECUTIVE: proposes,
		authv1.Role_SERVICE: reads, authv1.Role_HR: lists, authv1.Role_AUDITOR: lists, authv1.Role_OPERATOR: none, authv1.Role_PUBLIC: none,
	} {
		t.Run(role.String(), func(t *testing.T) {
			client := w.as("agents/some", role)
			_, err := client.CreateRemedy(t.Context(), &remedyv1.CreateRemedyRequest{Parent: w.receive(), Remedy: proposal()})
			if may < proposes {
				rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
			} else {
				require.NoError(t, err)
			}
			list, err := client.ListRemedies(t.Context(), &remedyv1.ListRemediesRequest{Parent: complaint})
			if may == none {
				rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
				return
			}
			require.NoError(t, err)
			shown := want
			if may < reads {
				shown = bare
			}
			require.True(t, proto.Equal(shown, list.GetRemedies()[0]), "%v", list)
		})
	}
	_, err = remedyv1.NewRemedyServiceClient(w.harness.Anonymous()).ListRemedies(t.Context(), &remedyv1.ListRemediesRequest{Parent: complaint})
	rpctest.RequireReason(t, err, codes.Unauthenticated, errorv1.Reason_UNAUTHENTICATED.String())
}

// TestNoWordsAtRest looks for what the customer is told in the bytes of the database.
func TestNoWordsAtRest(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	w := newWorld(t)
	_, err := w.create(t.Context(), w.receive(), proposal())
	require.NoError(t, err)
	seen := false
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(w.file + suffix)
		require.NoError(t, err)
		for _, words := range []string{"全额退款", "满 500", "sorry", "higher up"} {
			require.NotContains(t, string(content), words)
		}
		seen = seen || bytes.Contains(content, []byte("agents/lin"))
	}
	require.True(t, seen, "the remedy is in these files")
}

func TestErasedCustomer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	w := newWorld(t)
	complaint := w.receive()
	for range 3 {
		_, err := w.create(t.Context(), complaint, proposal())
		require.NoError(t, err)
	}
	gone := errs.NotFound(intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String(), "The key was destroyed.")
	w.keys.failure.Store(gone)
	w.keys.calls.Store(0)
	list := w.list(w.agent, complaint)
	require.Len(t, list, 3)
	require.EqualValues(t, 1, w.keys.calls.Load(), "the key is asked for once per list")
	for _, r := range list {
		require.Empty(t, r.GetFallback())
		require.Empty(t, r.GetOptions()[0].GetContents())
		require.EqualValues(t, 199, r.GetOptions()[0].GetAmount().GetUnits(), "amounts identify nobody")
	}
	_, err := w.create(t.Context(), complaint, proposal())
	rpctest.RequireReason(t, err, codes.NotFound, gone.Reason)
	require.Len(t, w.list(w.agent, complaint), 3)

	// Any other failure is one: a text that exists must not read as empty.
	w.keys.failure.Store(errs.Unavailable(errorv1.Reason_UNAVAILABLE.String(), "Intake cannot be reached."))
	_, err = w.agent.ListRemedies(t.Context(), &remedyv1.ListRemediesRequest{Parent: complaint})
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_UNAVAILABLE.String())
}

// TestTextsAreBoundToTheirPlace moves a sealed text to another option, where it must not open.
func TestTextsAreBoundToTheirPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := w.receive()
	_, err := w.create(t.Context(), complaint, proposal())
	require.NoError(t, err)
	require.NoError(t, w.db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE remedy_parts SET contents =
			(SELECT contents FROM remedy_parts WHERE option_number = 1) WHERE option_number = 0`)
		return err
	}))
	options := w.list(w.agent, complaint)[0].GetOptions()
	require.Empty(t, options[0].GetContents())
	require.NotEmpty(t, options[1].GetContents(), "the others can still be read")
}

func TestListRemedies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint, other := w.receive(), w.receive()
	var want []string
	for i := range 7 {
		r := proposal()
		r.Fallback = fmt.Sprint(i)
		got, err := w.create(t.Context(), complaint, r)
		require.NoError(t, err)
		want = append(want, got.GetName())
		// Some are proposed at the same moment.
		w.now = w.now.Add(time.Duration(i%2) * time.Second)
	}
	var token string
	for size := int32(1); size <= 8; size++ {
		var names []string
		req := &remedyv1.ListRemediesRequest{Parent: complaint, PageSize: size}
		for {
			resp, err := w.agent.ListRemedies(t.Context(), req)
			require.NoError(t, err)
			require.NotEmpty(t, resp.GetRemedies())
			for _, r := range resp.GetRemedies() {
				names = append(names, r.GetName())
			}
			if resp.GetNextPageToken() == "" {
				break
			}
			token = resp.GetNextPageToken()
			req.PageToken = token
		}
		require.Equal(t, want, names, "oldest first; pages of %d", size)
	}
	require.Empty(t, w.list(w.agent, other))
	for name, req := range map[string]*remedyv1.ListRemediesRequest{
		"of another complaint": {Parent: other, PageToken: token},
		"forged":               {Parent: complaint, PageToken: "AQ" + token[2:len(token)-1]},
	} {
		_, err := w.agent.ListRemedies(t.Context(), req)
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
		require.Error(t, err, name)
	}
	_, err := w.agent.ListRemedies(t.Context(), &remedyv1.ListRemediesRequest{Parent: complaint, PageSize: -1})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	full := newWorld(t).deps
	for name, spoil := range map[string]func(*remedy.Deps){
		"store": func(d *remedy.Deps) { d.Store = nil }, "event log": func(d *remedy.Deps) { d.Log = nil },
		"policy": func(d *remedy.Deps) { d.Policy = nil }, "data keys": func(d *remedy.Deps) { d.Keys = nil },
		"on record": func(d *remedy.Deps) { d.Records = nil },
		"clock":     func(d *remedy.Deps) { d.Now = nil }, "source of ids": func(d *remedy.Deps) { d.IDs = nil },
		"refusals": func(d *remedy.Deps) { d.Refusals = nil }, "deductions": func(d *remedy.Deps) { d.Deductions = nil },
		"claims": func(d *remedy.Deps) { d.Claims = nil },
		"ledger": func(d *remedy.Deps) { d.Ledger = nil }, "page codec": func(d *remedy.Deps) { d.Pages = nil }, "logger": func(d *remedy.Deps) { d.Logger = nil },
	} {
		deps := full
		spoil(&deps)
		_, err := remedy.New(remedy.Config{}, deps)
		require.ErrorContains(t, err, name)
	}
}
