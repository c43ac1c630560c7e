package followup_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestWhatNobodyMayPromiseIsRecordedAndMarked: it was said, so it is owed (PROM-2).
func TestWhatNobodyMayPromiseIsRecordedAndMarked(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2")
	const agent, supervisor, executive = authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_EXECUTIVE
	type excesses = []followupv1.Promise_Excess
	cny := func(units int64) *money.Money { return &money.Money{CurrencyCode: "CNY", Units: units} }
	for title, c := range map[string]struct {
		role   authv1.Role
		change func(d *desk, p *followupv1.Promise)
		wanted excesses
	}{
		"nothing":     {agent, func(*desk, *followupv1.Promise) {}, nil},
		"too soon":    {agent, func(d *desk, p *followupv1.Promise) { p.DueTime = timestamppb.New(d.clock.Now().Add(29 * time.Minute)) }, excesses{followupv1.Promise_TOO_SOON}},
		"soon enough": {agent, func(d *desk, p *followupv1.Promise) { p.DueTime = timestamppb.New(d.clock.Now().Add(30 * time.Minute)) }, nil},
		"in a year":   {agent, func(d *desk, p *followupv1.Promise) { p.DueTime = timestamppb.New(d.clock.Now().Add(8760 * time.Hour)) }, nil},
		"too far":     {agent, func(d *desk, p *followupv1.Promise) { p.DueTime = timestamppb.New(d.clock.Now().AddDate(7000, 0, 0)) }, excesses{followupv1.Promise_TOO_FAR}},
		"updates too soon": {agent, func(d *desk, p *followupv1.Promise) {
			p.Update, p.DueTime = true, timestamppb.New(d.clock.Now().Add(time.Minute))
		}, excesses{followupv1.Promise_TOO_SOON}},
		"updates": {agent, func(d *desk, p *followupv1.Promise) {
			p.Period, p.DueTime = d.updates(10*time.Minute).Period, d.updates(10*time.Minute).DueTime
		}, nil},
		"updates too often": {agent, func(d *desk, p *followupv1.Promise) {
			p.Period = d.updates(9 * time.Minute).Period
		}, excesses{followupv1.Promise_TOO_OFTEN}},
		"too absolute":      {agent, func(_ *desk, p *followupv1.Promise) { p.Text = "我保证一定给您解决。" }, excesses{followupv1.Promise_TOO_ABSOLUTE}},
		"little money":      {agent, func(_ *desk, p *followupv1.Promise) { p.Amount = cny(20) }, nil},
		"too much money":    {agent, func(_ *desk, p *followupv1.Promise) { p.Amount = cny(21) }, excesses{followupv1.Promise_ABOVE_AUTHORITY}},
		"too much in words": {agent, func(_ *desk, p *followupv1.Promise) { p.Text = "明天退您500元。" }, excesses{followupv1.Promise_ABOVE_AUTHORITY}},
		"in English": {agent, func(_ *desk, p *followupv1.Promise) {
			p.Text = "I refund 5000 tomorrow."
		}, excesses{followupv1.Promise_ABOVE_AUTHORITY}},
		"more in words": {agent, func(_ *desk, p *followupv1.Promise) {
			p.Text, p.Amount = "明天退您五百块。", cny(5)
		}, excesses{followupv1.Promise_ABOVE_AUTHORITY}},
		"no number in words": {supervisor, func(_ *desk, p *followupv1.Promise) {
			p.Text = "We waive all fees for life."
		}, excesses{followupv1.Promise_ABOVE_AUTHORITY}},
		"an executive's word for life": {executive, func(_ *desk, p *followupv1.Promise) { p.Text = "终身免费。" }, nil},
		"little in words":              {agent, func(_ *desk, p *followupv1.Promise) { p.Text = "明天退您20元。" }, nil},
		"a fee that is looked at":      {agent, func(_ *desk, p *followupv1.Promise) { p.Text = "我们会查清楚您那笔500元的扣费。" }, nil},
		"a supervisor's words":         {supervisor, func(_ *desk, p *followupv1.Promise) { p.Text = "明天退您500元。" }, nil},
		"dollars in words": {executive, func(_ *desk, p *followupv1.Promise) {
			p.Text = "We refund $5."
		}, excesses{followupv1.Promise_ABOVE_AUTHORITY}},
		"a supervisor's":     {supervisor, func(_ *desk, p *followupv1.Promise) { p.Amount = cny(500) }, nil},
		"above a supervisor": {supervisor, func(_ *desk, p *followupv1.Promise) { p.Amount = cny(501) }, excesses{followupv1.Promise_ABOVE_AUTHORITY}},
		"an executive's":     {executive, func(_ *desk, p *followupv1.Promise) { p.Amount = cny(1_000_000) }, nil},
		"another currency":   {executive, func(_ *desk, p *followupv1.Promise) { p.Amount = &money.Money{CurrencyCode: "USD", Units: 1} }, excesses{followupv1.Promise_ABOVE_AUTHORITY}},
		"somebody else's": {executive, func(_ *desk, p *followupv1.Promise) {
			p.Speaker, p.Amount = "agents/wu", cny(21)
		}, excesses{followupv1.Promise_ABOVE_AUTHORITY}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := d.receive(t)
			p := d.saidOnce(time.Hour)
			c.change(d, p)
			before := d.types(t, complaint)
			req := &followupv1.CreatePromiseRequest{Parent: complaint, Promise: p, ValidateOnly: true}
			asked, err := d.promises(c.role).CreatePromise(t.Context(), req)
			require.NoError(t, err)
			require.Equal(t, c.wanted, asked.GetExcesses())
			require.Empty(t, asked.GetName())
			require.Equal(t, before, d.types(t, complaint), "nothing is recorded")
			req.ValidateOnly = false
			made, err := d.promises(c.role).CreatePromise(t.Context(), req)
			require.NoError(t, err, "it was said, so it is owed")
			require.Equal(t, c.wanted, made.GetExcesses())
			list := d.payloads(t, complaint)
			require.Equal(t, len(c.wanted) > 0, list[len(list)-1].GetPromiseMade().GetUnauthorised())
			require.Len(t, d.list(t, complaint, "unauthorised = "+strconv.FormatBool(len(c.wanted) > 0)), 1)
		})
	}
}

// TestPromisesThatCannotBe are refused with a reason, and nothing is recorded.
func TestPromisesThatCannotBe(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "API-1")
	d := newDesk(t)
	complaint := d.receive(t)
	at := func(after time.Duration) *timestamppb.Timestamp { return timestamppb.New(start().Add(after)) }
	for field, p := range map[string]*followupv1.Promise{
		"promise.due_time":     {Text: "x", DueTime: at(0)},
		"promise.promise_time": {Text: "x", DueTime: at(2 * time.Hour), PromiseTime: at(time.Hour)},
		"promise.until_time":   {Text: "x", DueTime: at(2 * time.Hour), Period: d.updates(time.Hour).Period, UntilTime: at(time.Hour)},
	} {
		for _, only := range []bool{false, true} {
			_, err := d.promises().CreatePromise(t.Context(), &followupv1.CreatePromiseRequest{Parent: complaint, Promise: p, ValidateOnly: only})
			rpctest.RequireReason(t, err, codes.InvalidArgument, followupv1.ErrorReason_PROMISE_TIME_INVALID.String())
			require.ErrorContains(t, err, "It lies", field)
		}
	}
	_, err := d.promises().CreatePromise(t.Context(), &followupv1.CreatePromiseRequest{Parent: complaint, Promise: &followupv1.Promise{
		Text: "x", DueTime: at(time.Hour), PromiseTime: at(-8760*time.Hour - time.Second),
	}})
	rpctest.RequireReason(t, err, codes.InvalidArgument, followupv1.ErrorReason_PROMISE_TIME_INVALID.String())
	_, err = d.promises().CreatePromise(t.Context(), &followupv1.CreatePromiseRequest{
		Parent: complaint, Promise: &followupv1.Promise{Text: "...", DueTime: at(time.Hour)},
	})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	require.Empty(t, d.list(t, complaint, ""))

}

// TestWhatIsSaidOfAPromiseThatCannotBe is refused with a reason.
func TestWhatIsSaidOfAPromiseThatCannotBe(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "API-1")
	d := newDesk(t)
	complaint := d.receive(t)
	made := d.promise(t, complaint, d.saidOnce(time.Hour))
	d.pass(10 * time.Minute)
	for _, at := range []time.Time{start().Add(-time.Second), d.clock.Now().Add(time.Hour)} {
		_, err := d.promises().KeepPromise(t.Context(), &followupv1.KeepPromiseRequest{Name: made.GetName(), Evidence: "x", KeepTime: timestamppb.New(at)})
		rpctest.RequireReason(t, err, codes.InvalidArgument, followupv1.ErrorReason_KEEP_TIME_INVALID.String())
	}
	_, err := d.promises().KeepPromise(t.Context(), &followupv1.KeepPromiseRequest{Name: made.GetName(), Evidence: "x", Etag: `"other"`})
	rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
	d.keep(t, made, time.Time{})
	_, err = d.promises().KeepPromise(t.Context(), &followupv1.KeepPromiseRequest{Name: made.GetName(), Evidence: "x"})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_PROMISE_SETTLED.String())
	_, err = d.promises().ReleasePromise(t.Context(), &followupv1.ReleasePromiseRequest{Name: made.GetName(), Evidence: "x"})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_PROMISE_SETTLED.String())
	nobody := complaint + "/promises/nobody"
	_, err = d.promises().KeepPromise(t.Context(), &followupv1.KeepPromiseRequest{Name: nobody, Evidence: "x"})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	_, err = d.promises().GetPromise(t.Context(), &followupv1.GetPromiseRequest{Name: nobody})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	_, err = d.promises(authv1.Role_AUDITOR).KeepPromise(t.Context(), &followupv1.KeepPromiseRequest{Name: made.GetName(), Evidence: "x"})
	require.Error(t, err)
}

// TestPromisesAreListedPageByPage across complaints, the next due first.
func TestPromisesAreListedPageByPage(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	d := newDesk(t)
	wanted := map[string]bool{}
	for i := range 7 {
		p := d.saidOnce(time.Duration(1+i%3) * time.Hour)
		p.Owner = "agents/wu"
		wanted[d.promise(t, d.receive(t), p).GetName()] = true
	}
	d.promise(t, d.receive(t), d.saidOnce(time.Hour))
	req := &followupv1.ListPromisesRequest{PageSize: 2, Filter: `owner = "agents/wu"`}
	var last time.Time
	for pages := 1; ; pages++ {
		res, err := d.promises().ListPromises(t.Context(), req)
		require.NoError(t, err)
		for _, p := range res.GetPromises() {
			require.False(t, p.GetDueTime().AsTime().Before(last))
			last = p.GetDueTime().AsTime()
			require.True(t, wanted[p.GetName()])
			delete(wanted, p.GetName())
		}
		if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
			require.Equal(t, 4, pages)
			break
		}
	}
	require.Empty(t, wanted)
	_, err := d.promises().ListPromises(t.Context(), &followupv1.ListPromisesRequest{Filter: "colour = 1"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FILTER_INVALID.String())
	_, err = d.promises().ListPromises(t.Context(), &followupv1.ListPromisesRequest{PageToken: "x"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
}
