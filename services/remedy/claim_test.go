package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// claiming calls on the account of somebody.
func (w *world) claiming(subject string, roles ...authv1.Role) remedyv1.ClaimServiceClient {
	w.t.Helper()
	return remedyv1.NewClaimServiceClient(w.harness.Conn(subject, roles...))
}

// claim puts one on the carrier on record.
func (w *world) claim(complaint string, c *remedyv1.Claim) *remedyv1.Claim {
	w.t.Helper()
	c.ThirdParty, c.Grounds = "承运商", "运输途中破损"
	got, err := w.claiming("agents/lin", authv1.Role_AGENT).CreateClaim(w.t.Context(), &remedyv1.CreateClaimRequest{Parent: complaint, Claim: c})
	require.NoError(w.t, err)
	return got
}

// TestClaimOnAThirdParty is pursued by somebody until a time, settled once, and no condition for the customer.
func TestClaimOnAThirdParty(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-7")
	w := newWorld(t)
	complaint := w.receive()
	given, err := w.create(t.Context(), complaint, small())
	require.NoError(t, err)
	c := w.claim(complaint, &remedyv1.Claim{Amount: cny(80), Remedy: given.GetName(), State: remedyv1.Claim_DROPPED, Recovered: cny(3)})
	require.Equal(t, remedyv1.Claim_OPEN, c.GetState(), "what only we say is not taken from the request")
	require.Nil(t, c.GetRecovered())
	require.Equal(t, "agents/lin", c.GetOwner())
	require.Equal(t, w.now.Add(720*time.Hour), c.GetDueTime().AsTime())
	require.Equal(t, given.GetName(), c.GetRemedy())
	require.Equal(t, "运输途中破损", c.GetGrounds())
	resp, err := w.as("services/worker", authv1.Role_SERVICE).CheckRemedies(t.Context(), &remedyv1.CheckRemediesRequest{Complaint: complaint, Cycle: 1})
	require.NoError(t, err)
	for _, objection := range resp.GetObjections() {
		require.NotContains(t, objection, "claims", "a complaint is resolved whatever the carrier does")
	}
	w.happens(complaint, 1, closed())
	later := w.claim(complaint, &remedyv1.Claim{Owner: "agents/wu", DueTime: timestamppb.New(w.now.Add(time.Hour))})

	client := w.claiming("agents/lin", authv1.Role_AGENT)
	settle := &remedyv1.SettleClaimRequest{Name: c.GetName(), State: remedyv1.Claim_RECOVERED, Note: "已赔付"}
	_, err = client.SettleClaim(t.Context(), settle)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	settle.Recovered = cny(81)
	_, err = client.SettleClaim(t.Context(), settle)
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_RECOVERED_TOO_MUCH.String())
	require.Equal(t, "80", metadataOf(t, err)["most"])
	settle.Recovered, settle.Etag = cny(60), `"9"`
	_, err = client.SettleClaim(t.Context(), settle)
	rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
	settle.Etag = c.GetEtag()
	c, err = client.SettleClaim(t.Context(), settle)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Claim_RECOVERED, c.GetState())
	require.EqualValues(t, 60, c.GetRecovered().GetUnits())
	require.Equal(t, "已赔付", c.GetNote())
	settle.Etag = ""
	_, err = client.SettleClaim(t.Context(), settle)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_CLAIM_SETTLED.String())
	settle.Name = complaint + "/claims/none"
	_, err = client.SettleClaim(t.Context(), settle)
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	require.Equal(t, 2, w.count(complaint, "claim_opened"))
	require.EqualValues(t, 60, w.last(complaint, "claim_settled").GetClaimSettled().GetRecovered().GetUnits())

	w.now = w.now.Add(time.Hour)
	auditor := w.claiming("agents/he", authv1.Role_AUDITOR)
	list, err := auditor.ListClaims(t.Context(), &remedyv1.ListClaimsRequest{Filter: "overdue"})
	require.NoError(t, err)
	require.Len(t, list.GetClaims(), 1)
	require.Equal(t, later.GetName(), list.GetClaims()[0].GetName())
	require.True(t, list.GetClaims()[0].GetOverdue())
	require.Empty(t, list.GetClaims()[0].GetGrounds()+list.GetClaims()[0].GetThirdParty(), "words are for those who handle complaints")
	first, err := client.ListClaims(t.Context(), &remedyv1.ListClaimsRequest{Parent: complaint, PageSize: 1})
	require.NoError(t, err)
	require.Equal(t, later.GetName(), first.GetClaims()[0].GetName(), "the next due first")
	rest, err := client.ListClaims(t.Context(), &remedyv1.ListClaimsRequest{Parent: complaint, PageSize: 1, PageToken: first.GetNextPageToken()})
	require.NoError(t, err)
	require.Equal(t, c.GetName(), rest.GetClaims()[0].GetName())
	require.Empty(t, rest.GetNextPageToken())
	_, err = client.ListClaims(t.Context(), &remedyv1.ListClaimsRequest{Filter: "grounds = 1"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FILTER_INVALID.String())
}

// TestAClaimIsRead by those who list it, with its words by those who handle complaints.
func TestAClaimIsRead(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-7")
	w := newWorld(t)
	c := w.claim(w.receive(), &remedyv1.Claim{Amount: cny(80)})
	read := &remedyv1.GetClaimRequest{Name: c.GetName()}
	got, err := w.claiming("agents/wu", authv1.Role_AGENT).GetClaim(t.Context(), read)
	require.NoError(t, err)
	require.Equal(t, c.String(), got.String())
	plain, err := w.claiming("agents/he", authv1.Role_AUDITOR).GetClaim(t.Context(), read)
	require.NoError(t, err)
	require.Empty(t, plain.GetGrounds()+plain.GetThirdParty())
	require.EqualValues(t, 80, plain.GetAmount().GetUnits())
	read.Name += "0"
	_, err = w.claiming("agents/wu", authv1.Role_AGENT).GetClaim(t.Context(), read)
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
}

// TestClaimsThatAreRefused leave nothing.
func TestClaimsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := w.receive()
	client := w.claiming("agents/lin", authv1.Role_AGENT)
	for reason, claim := range map[string]*remedyv1.Claim{
		remedyv1.ErrorReason_CURRENCY_NOT_SUPPORTED.String(): {Amount: func() *money.Money { m := cny(1); m.CurrencyCode = "HKD"; return m }()},
		remedyv1.ErrorReason_AMOUNT_TOO_FINE.String():        {Amount: func() *money.Money { m := cny(1); m.Nanos = 1; return m }()},
		remedyv1.ErrorReason_TIME_INVALID.String():           {DueTime: timestamppb.New(w.now)},
		errorv1.Reason_INVALID_FIELD.String():                {Remedy: complaint + "/remedies/none"},
	} {
		claim.ThirdParty, claim.Grounds = "x", "y"
		_, err := client.CreateClaim(t.Context(), &remedyv1.CreateClaimRequest{Parent: complaint, Claim: claim})
		rpctest.RequireReason(t, err, codes.InvalidArgument, reason)
	}
	require.Zero(t, w.count(complaint, "claim_opened"))
}

// TestWhatWasRecoveredIsNoLoss: nobody answers for what the carrier has paid.
func TestWhatWasRecoveredIsNoLoss(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1", "REM-7")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	c := w.claim(complaint, &remedyv1.Claim{})
	_, err := w.claiming("agents/lin", authv1.Role_AGENT).SettleClaim(t.Context(), &remedyv1.SettleClaimRequest{
		Name: c.GetName(), State: remedyv1.Claim_RECOVERED, Recovered: cny(900), Note: "x",
	})
	require.NoError(t, err)
	d := w.suggest(suggestion(complaint, ruling, 1000, 100_000, "agents/chen"))[0]
	require.EqualValues(t, 100, d.GetLoss().GetUnits())
	require.EqualValues(t, 30, d.GetAmount().GetUnits())
	other := w.receive()
	w.happens(other, 1, ruled(other+"/rulings/r", policyv1.Responsibility_RESPONSIBLE, policyv1.RulingReason_UNPROFESSIONAL, "agents/chen"))
	require.Empty(t, w.suggest(suggestion(other, other+"/rulings/r", 0, 100_000, "agents/chen")), "nothing was lost")
}
