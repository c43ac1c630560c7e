package approval_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/workflows/approval"
	"github.com/redress-dev/redress/workflows/history/historytest"
)

// TestReplay runs the workflow through every history that a real server recorded. It fails when the workflow would do something else than it
// did then: workflows that are running could not go on. Package history says how they are recorded.
func TestReplay(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	historytest.Replay(t, approval.WorkflowName, approval.Approval)
}

// TestNothingPersonalIsInAHistory: no contents, no comment, no phone number of what the recorded approvals were about (API-4).
func TestNothingPersonalIsInAHistory(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	histories, err := filepath.Glob("testdata/histories/*.json")
	require.NoError(t, err)
	for _, path := range histories {
		text, err := os.ReadFile(filepath.Clean(path))
		require.NoError(t, err)
		kept := &historypb.History{}
		require.NoError(t, protojson.Unmarshal(text, kept))
		read := 0
		require.NoError(t, protorange.Range(kept.ProtoReflect(), func(v protopath.Values) error {
			if m, ok := v.Index(-1).Value.Interface().(protoreflect.Message); ok {
				if payload, ok := m.Interface().(*commonpb.Payload); ok {
					read++
					require.NotRegexp(t, `\p{Han}|\+86`, string(payload.GetData()), path)
				}
			}
			return nil
		}))
		require.Greater(t, read, 5, path)
	}
}
