package remedy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestWhoOwesAPartIsThere, and who is asked for support, where there is a directory; without one everybody may be.
func TestWhoOwesAPartIsThere(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-5", "REF-1")
	w := newWorld(t)
	complaint := w.receive()
	owned := small()
	owned.Options[0].Owner = "agents/nobody"
	_, err := w.create(t.Context(), complaint, owned)
	require.NoError(t, err, "nothing was heard of people")
	w.directs("agents/wu", "agents/zhao")
	_, err = w.create(t.Context(), complaint, owned)
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_NOT_IN_DIRECTORY.String())
	require.Equal(t, "agents/nobody", metadataOf(t, err)["name"])
	require.Equal(t, "remedy.options[0].owner", metadataOf(t, err)["field"])
	owned.Options[0].Owner = ""
	owned.Options[1].Parts = []*remedyv1.Part{{Kind: remedyv1.Option_EXPLANATION, Basis: remedyv1.Option_GOODWILL, Contents: "why", Owner: "agents/nobody"}}
	_, err = w.create(t.Context(), complaint, owned)
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_NOT_IN_DIRECTORY.String())
	owned.Options[1].Parts[0].Owner = "agents/wu"
	made, err := w.create(t.Context(), complaint, owned)
	require.NoError(t, err)
	owned.Options[0].Owner = "agents/nobody"
	_, err = w.agent.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{Name: made.GetName(), Options: owned.GetOptions()})
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_NOT_IN_DIRECTORY.String())
}

// TestWhoeverIsAskedForSupportIsThere.
func TestWhoeverIsAskedForSupportIsThere(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	r := w.climb(w.refuse(w.receive()), remedyv1.RefusalStep_COMPENSATE)
	w.directs("agents/wu", "agents/zhao")
	req := step(r.GetName(), remedyv1.RefusalStep_SUPPORT)
	for _, nobody := range []string{"agents/nobody", "departments/nothing"} {
		req.Party = nobody
		_, err := w.refusing("agents/lin", authv1.Role_AGENT).RecordRefusalStep(t.Context(), req)
		rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_NOT_IN_DIRECTORY.String())
		require.Equal(t, nobody, metadataOf(t, err)["name"])
	}
	req.Party = "agents/wu"
	_, err := w.refusing("agents/lin", authv1.Role_AGENT).RecordRefusalStep(t.Context(), req)
	require.NoError(t, err)
}

// TestItemsThatAProposalSettlesAreTheComplaints: one that it never had is refused, one that was added a moment ago is worth asking for again.
func TestItemsThatAProposalSettlesAreTheComplaints(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-3", "REM-1")
	w := newWorld(t)
	complaint := w.receive()
	settling := func(item string) error {
		p := small()
		for _, o := range p.GetOptions() {
			o.Items = []string{complaint + "/items/" + item}
		}
		_, err := w.create(t.Context(), complaint, p)
		return err
	}
	err := settling(strings.Repeat("0", 26))
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_ITEM_UNKNOWN.String())
	require.Equal(t, "1", metadataOf(t, err)["option"])
	added := w.ids.ID()
	rpctest.RequireReason(t, settling(added), codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
	w.now = w.now.Add(2 * time.Minute)
	rpctest.RequireReason(t, settling(added), codes.InvalidArgument, remedyv1.ErrorReason_ITEM_UNKNOWN.String())
}

// TestWhoPursuesAClaimIsThere: a claim that is nobody's is pursued by nobody.
func TestWhoPursuesAClaimIsThere(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-7")
	w := newWorld(t)
	complaint := w.receive()
	w.directs("agents/wu", "agents/zhao")
	create := func(owner string) error {
		_, err := w.claiming("agents/lin", authv1.Role_AGENT).CreateClaim(t.Context(), &remedyv1.CreateClaimRequest{
			Parent: complaint, Claim: &remedyv1.Claim{ThirdParty: "承运商", Grounds: "破损", Amount: cny(80), Owner: owner},
		})
		return err
	}
	rpctest.RequireReason(t, create("agents/nobody"), codes.InvalidArgument, remedyv1.ErrorReason_NOT_IN_DIRECTORY.String())
	require.NoError(t, create("agents/wu"))
	require.NoError(t, create(""), "whoever puts it on record pursues it")
}
