package importer

import (
	"testing"

	"github.com/stretchr/testify/require"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
)

// TestFieldsAreNamedAsInTheFile: what the server finds has the names of mappings and rows of JSON; a column keeps its own.
func TestFieldsAreNamedAsInTheFile(t *testing.T) {
	t.Parallel()
	p := &errorv1.Problem{
		Code: "INVALID_ARGUMENT", Reason: "INVALID_FIELD", Message: "complaint.receive_time: must be given",
		Fields: []*errorv1.FieldProblem{{Field: "complaint.receive_time", Description: "must be given"}},
	}
	require.Equal(t, &Problem{
		Code: "INVALID_ARGUMENT", Reason: "INVALID_FIELD", Message: "complaint.receiveTime: must be given",
		Fields: []FieldProblem{{Field: "complaint.receiveTime", Description: "must be given"}},
	}, answered(p))
	require.Nil(t, answered(nil))
	require.Equal(t, "received_at", fromProblem(wrongField("received_at", "is no time")).Fields[0].Field)
}
