package intake_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

func TestCreateComplaintKeepsWhatWasSaid(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1", "ACK-1")
	f := newFixture(t)
	received := begin.Add(-48 * time.Hour)
	req := &intakev1.CreateComplaintRequest{
		Statement: "我要投訴，這個門鎖壞了",
		Complainant: &intakev1.Complainant{
			DisplayName: " 王小明 ", Phone: "139-1234-5678", Email: "Wang@Example.com", CustomerId: "C-77",
			PreferredChannel: policyv1.ContactWay_WECHAT, ContactHours: "18:00-21:00",
		},
		Channel: intakev1.Complaint_LETTER,
		Target: &intakev1.Target{
			Kind: policyv1.TargetKind_PRODUCT, Order: "O-1", Product: "门锁", Place: "上海", Person: "张三",
		},
		Demands: []*intakev1.Demand{
			{Text: "退款", Kind: intakev1.Demand_REFUND, Amount: &money.Money{CurrencyCode: "CNY", Units: 200}},
			{Text: "道歉", Kind: intakev1.Demand_APOLOGY},
			{Kind: intakev1.Demand_COMPENSATION, Amount: &money.Money{CurrencyCode: "CNY", Units: 300, Nanos: 500_000_000}},
		},
		ReceiveTime: timestamppb.New(received),
	}
	c, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	require.Regexp(t, `^complaints/[0-9a-z]{26}$`, c.GetName())
	_, err = ids.ParseReference(c.GetReference())
	require.NoError(t, err)
	require.Regexp(t, `^customers/[0-9a-z]{26}$`, c.GetCustomer())
	require.NotEmpty(t, c.GetEtag())
	targets, err := f.policy.Targets(policyv1.Severity_NORMAL, received)
	require.NoError(t, err)
	want := proto.CloneOf(c)
	want.State, want.Severity, want.Cycle = intakev1.Complaint_RECEIVED, policyv1.Severity_NORMAL, 1
	want.Statement, want.Channel, want.Target, want.Demands = req.GetStatement(), req.GetChannel(), req.GetTarget(), req.GetDemands()
	want.Complainant = proto.CloneOf(req.GetComplainant())
	want.Complainant.DisplayName, want.Complainant.Phone, want.Complainant.LanguageCode = "王小明", "+8613912345678", "zh-Hant"
	want.ReceiveTime, want.CreateTime, want.UpdateTime = timestamppb.New(received), timestamppb.New(begin), timestamppb.New(begin)
	want.PolicyVersion = f.policy.Version()
	want.Targets = &intakev1.Targets{
		Acknowledge: timestamppb.New(targets.Acknowledge), Contact: timestamppb.New(targets.Contact),
		FirstResponse: timestamppb.New(targets.FirstResponse), Callback: timestamppb.New(targets.Callback),
		Resolution: timestamppb.New(targets.Resolution),
	}
	require.Empty(t, proto.CloneOf(c).GetNotes())
	requireSame(t, want, c)
	requireSame(t, want, f.get(c.GetName()))

	event := f.log(c.GetName())[0]
	require.Equal(t, "agents/lin", event.GetActor())
	require.EqualValues(t, 1, event.GetCycle())
	told := f.payloads(c.GetName())[0].GetComplaintReceived()
	require.Equal(t, c.GetReference(), told.GetReference())
	require.Equal(t, c.GetCustomer(), told.GetCustomer())
	require.Equal(t, c.GetSeverity(), told.GetSeverity())
	require.Equal(t, "LETTER", told.GetChannel())
	require.Equal(t, "zh-Hant", told.GetLanguageCode())
	require.Equal(t, policyv1.TargetKind_PRODUCT, told.GetTargetKind())
	require.Equal(t, f.policy.Version(), told.GetPolicyVersion())
	requireSame(t, c.GetTargets().GetCallback(), told.GetTargets().GetCallback())
	requireSame(t, c.GetReceiveTime(), told.GetReceiveTime())
	requireSame(t, &money.Money{CurrencyCode: "CNY", Units: 500, Nanos: 500_000_000}, told.GetDemanded())
	require.EqualValues(t, 3, told.GetDemandCount())
	require.Equal(t, c.GetCustomer(), told.GetStatement().GetCustomer())
	plain, err := f.key(c.GetCustomer()).Open(told.GetStatement().GetCiphertext(), c.GetName()+"#statement")
	require.NoError(t, err)
	require.Equal(t, req.GetStatement(), string(plain))
}

func requireSame(t *testing.T, want, got proto.Message) {
	t.Helper()
	require.True(t, proto.Equal(want, got), "want %v\n got %v", want, got)
}

func TestCreateComplaintNeedsWordsAndOneWayOnly(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	f := newFixture(t)
	for name, who := range map[string]*intakev1.Complainant{
		"phone": {Phone: "13912345678"}, "mail": {Email: "a@example.com"}, "number": {CustomerId: "7"},
	} {
		c, err := f.public.CreateComplaint(t.Context(), &intakev1.CreateComplaintRequest{Statement: "late " + name, Complainant: who})
		require.NoError(t, err, name)
		require.Equal(t, "late "+name, c.GetStatement())
		require.Equal(t, "en", c.GetComplainant().GetLanguageCode())
		requireSame(t, timestamppb.New(begin), c.GetReceiveTime())
	}
}

func TestCreateComplaintRefuses(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-1")
	f := newFixture(t)
	invalid := errorv1.Reason_INVALID_FIELD.String()
	for name, test := range map[string]struct {
		edit   func(*intakev1.CreateComplaintRequest)
		reason string
	}{
		"no words":     {func(r *intakev1.CreateComplaintRequest) { r.Statement = "" }, invalid},
		"blank words":  {func(r *intakev1.CreateComplaintRequest) { r.Statement = " \n" }, invalid},
		"a megabyte":   {func(r *intakev1.CreateComplaintRequest) { r.Statement = strings.Repeat("x", 1<<20) }, invalid},
		"nobody":       {func(r *intakev1.CreateComplaintRequest) { r.Complainant = nil }, invalid},
		"no way":       {func(r *intakev1.CreateComplaintRequest) { r.Complainant = &intakev1.Complainant{DisplayName: "x"} }, invalid},
		"a wrong mail": {func(r *intakev1.CreateComplaintRequest) { r.Complainant.Email = "x" }, invalid},
		"a blank way": {
			func(r *intakev1.CreateComplaintRequest) { r.Complainant = &intakev1.Complainant{Phone: " "} },
			intakev1.ErrorReason_NOT_REACHABLE.String(),
		},
		"a wrong phone": {
			func(r *intakev1.CreateComplaintRequest) { r.Complainant.Phone = "12345" },
			intakev1.ErrorReason_PHONE_INVALID.String(),
		},
		"received tomorrow": {
			func(r *intakev1.CreateComplaintRequest) { r.ReceiveTime = timestamppb.New(begin.Add(24 * time.Hour)) },
			intakev1.ErrorReason_RECEIVE_TIME_IN_FUTURE.String(),
		},
		"received before time": {func(r *intakev1.CreateComplaintRequest) { r.ReceiveTime = timestamppb.New(time.Unix(0, 0)) }, invalid},
		"no time":              {func(r *intakev1.CreateComplaintRequest) { r.ReceiveTime = &timestamppb.Timestamp{Nanos: -5} }, invalid},
		"a negative amount": {func(r *intakev1.CreateComplaintRequest) {
			r.Demands = []*intakev1.Demand{{Amount: &money.Money{CurrencyCode: "CNY", Units: -1}}}
		}, invalid},
		"an unknown channel": {func(r *intakev1.CreateComplaintRequest) { r.Channel = 99 }, invalid},
	} {
		t.Run(name, func(t *testing.T) {
			req := request()
			test.edit(req)
			_, err := f.agent.CreateComplaint(t.Context(), req)
			rpctest.RequireReason(t, err, codes.InvalidArgument, test.reason)
			require.NotContains(t, status.Convert(err).Message(), "12345", "no message repeats personal data")
		})
	}
	list, err := f.agent.ListComplaints(t.Context(), &intakev1.ListComplaintsRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetComplaints(), "nothing was written")
}

func TestReceiveTimeAllowsForClocksThatDiffer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	req := request()
	req.ReceiveTime = timestamppb.New(begin.Add(f.policy.ClockSkew()))
	_, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	req.ReceiveTime = timestamppb.New(begin.Add(f.policy.ClockSkew() + time.Microsecond))
	_, err = f.agent.CreateComplaint(t.Context(), req)
	refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_RECEIVE_TIME_IN_FUTURE)
}

func TestCreateComplaintIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-1")
	f := newFixture(t)
	ctx := rpctest.WithKey(t.Context(), "key-1")
	first, err := f.public.CreateComplaint(ctx, request())
	require.NoError(t, err)
	again, err := f.public.CreateComplaint(ctx, request())
	require.NoError(t, err)
	requireSame(t, first, again)
	require.Equal(t, []string{"complaint_received"}, f.types(first.GetName()))

	other := request()
	other.Statement += "！"
	_, err = f.public.CreateComplaint(ctx, other)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_IDEMPOTENCY_KEY_REUSED.String())
	another, err := f.agent.CreateComplaint(ctx, request())
	require.NoError(t, err, "the key of another caller")
	require.NotEqual(t, first.GetName(), another.GetName())

	// The front end learns nothing of what agents wrote meanwhile.
	_, err = f.agent.UpdateComplaint(t.Context(), &intakev1.UpdateComplaintRequest{Complaint: &intakev1.Complaint{
		Name: first.GetName(), Notes: "internal", Complainant: &intakev1.Complainant{Phone: "13887654321"},
	}})
	require.NoError(t, err)
	again, err = f.public.CreateComplaint(ctx, request())
	require.NoError(t, err)
	require.Equal(t, first.GetName(), again.GetName())
	require.Empty(t, again.GetNotes())
	requireSame(t, first.GetComplainant(), again.GetComplainant())
}

func TestOneCustomer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	file := func(who *intakev1.Complainant) string {
		c, err := f.agent.CreateComplaint(t.Context(), &intakev1.CreateComplaintRequest{Statement: "x", Complainant: who})
		require.NoError(t, err)
		return c.GetCustomer()
	}
	first := file(&intakev1.Complainant{Phone: "139 1234 5678", Email: "Wang@Example.com"})
	require.Equal(t, first, file(&intakev1.Complainant{Phone: "+8613912345678"}))
	require.Equal(t, first, file(&intakev1.Complainant{Email: "wang@example.COM", CustomerId: "7"}))
	require.Equal(t, first, file(&intakev1.Complainant{CustomerId: "7"}))
	require.NotEqual(t, first, file(&intakev1.Complainant{CustomerId: "+8613912345678"}), "a number is no telephone number")
}

// takenReferences draws the same reference several times.
type takenReferences struct {
	ids.Generator
	draws, free int
}

func (g *takenReferences) Reference() string {
	g.draws++
	return "R-" + strconv.Itoa(max(0, g.draws-g.free))
}

func TestReferenceIsDrawnAgain(t *testing.T) {
	t.Parallel()
	references := &takenReferences{free: 4}
	f := newFixtureWith(t, func(deps *intake.Deps) {
		references.Generator = deps.IDs
		deps.IDs = references
	})
	require.Equal(t, "R-0", f.file().GetReference())
	c := f.file()
	require.Equal(t, "R-1", c.GetReference())
	require.Equal(t, "R-1", f.payloads(c.GetName())[0].GetComplaintReceived().GetReference())
}

func TestNewChecksItsDeps(t *testing.T) {
	t.Parallel()
	_, err := intake.New(intake.Config{}, intake.Deps{})
	require.ErrorContains(t, err, "Store")
}
