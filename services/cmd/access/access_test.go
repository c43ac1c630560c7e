package main

import (
	"errors"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/prototext"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestTheDocumentIsTheContract: each method has its row, as the contract has it.
func TestTheDocumentIsTheContract(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	require.Equal(t, page(methods()), string(text), "run `make access`")
	require.Len(t, written(t), len(methods()))
}

// TestEveryMethodForEveryRole: what a server lets through is what the document says, for every method and role, for complaints that
// the caller sees and for those of others.
func TestEveryMethodForEveryRole(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	harness, table := serve(t), written(t)
	for _, role := range roles() {
		t.Run(column(role), func(t *testing.T) {
			t.Parallel()
			conn := harness.Conn("agents/lin", role)
			for _, m := range methods() {
				cell, open := table[m.Name][column(role)], table[m.Name]["no token"] == yes
				for _, complaint := range []string{mine, theirs} {
					request := empty(m.descriptor.Input())
					named := fill(request.ProtoReflect(), complaint, 3)
					err := call(t.Context(), conn, m, request)
					switch {
					case cell == no && !open:
						rpctest.RequireReason(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
					case cell == own && named && complaint == theirs:
						rpctest.RequireReason(t, err, codes.NotFound, "COMPLAINT_NOT_FOUND")
					default:
						passed(t, m.Name, err)
					}
				}
			}
		})
	}
}

// passed wants a call to have come through to the checks of the request, at least.
func passed(t *testing.T, name string, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, io.EOF) {
		require.Equal(t, codes.InvalidArgument.String(), status.Code(err).String(), "%s: %v", name, err)
	}
}

// TestWithoutToken: who shows none gets to what is open to everybody and to nothing else.
func TestWithoutToken(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	conn, table := serve(t).Anonymous(), written(t)
	for _, m := range methods() {
		request := empty(m.descriptor.Input())
		fill(request.ProtoReflect(), theirs, 3)
		err := call(t.Context(), conn, m, request)
		if table[m.Name]["no token"] == yes {
			passed(t, m.Name, err)
		} else {
			rpctest.RequireReason(t, err, codes.Unauthenticated, "UNAUTHENTICATED")
		}
	}
}

// TestAnAuditorChangesNothing: an auditor reads, and that is all.
func TestAnAuditorChangesNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	count := 0
	for name, row := range written(t) {
		if row[column(authv1.Role_AUDITOR)] != no {
			count++
			require.Equal(t, "reads", row["reads"], "%s is an auditor's and changes something; say read_only if it does not", name)
		}
	}
	require.Greater(t, count, 20)
}

// TestAnswersAreNarrowed: what reads tell agents has nothing of complaints that they do not see.
func TestAnswersAreNarrowed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	ctx := auth.NewContext(t.Context(), auth.Identity{Subject: "agents/lin", Roles: []authv1.Role{authv1.Role_AGENT}})
	reach, count := narrowing(t), 0
	for name, row := range written(t) {
		if row["reads"] != "reads" || row[column(authv1.Role_AGENT)] != own {
			continue
		}
		m := find(t, name)
		answer := empty(m.descriptor.Output())
		if !fill(answer.ProtoReflect(), theirs, 4) {
			continue
		}
		count++
		narrowed, err := reach.Narrow(ctx, answer)
		if err == nil {
			require.NotContains(t, prototext.Format(narrowed), theirs, "%s tells of a complaint that is hidden", name)
		} else {
			rpctest.RequireReason(t, err, codes.NotFound, "COMPLAINT_NOT_FOUND")
		}
		whole := empty(m.descriptor.Output())
		fill(whole.ProtoReflect(), mine, 4)
		same, err := reach.Narrow(ctx, whole)
		require.NoError(t, err)
		require.Same(t, whole, same, name)
	}
	require.Greater(t, count, 20)
}

// TestOnlyReadsTellOfOthers: what changes something is answered as it is, so it must not tell agents and supervisors of complaints
// that the request does not name.
func TestOnlyReadsTellOfOthers(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	answersItself := []string{
		"/redress.intake.v1.IntakeService/CreateComplaint",          // The new complaint.
		"/redress.remedy.v1.ApprovalService/ApproveRemedy",          // The approval, which only whom it waits for decides.
		"/redress.remedy.v1.ApprovalService/RejectRemedy",           // The same.
		"/redress.remedy.v1.ApprovalService/ReturnRemedy",           // The same.
		"/redress.review.v1.ImprovementService/AssignImprovement",   // The improvement, with complaints as examples.
		"/redress.review.v1.ImprovementService/CompleteImprovement", // The same.
	}
	for _, m := range methods() {
		called := m.Cells[authv1.Role_AGENT] != no || m.Cells[authv1.Role_SUPERVISOR] != no
		if !called || m.Reads || ofComplaints(m.descriptor.Input(), nil) || !ofComplaints(m.descriptor.Output(), nil) {
			continue
		}
		require.Contains(t, answersItself, m.Name, "say read_only if it changes nothing")
	}
}

func find(t *testing.T, name string) method {
	t.Helper()
	for _, m := range methods() {
		if m.Name == name {
			return m
		}
	}
	require.Fail(t, "no method "+name)
	return method{}
}
