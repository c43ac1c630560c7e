package intake_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// TestWhoReadTheFileIsOnRecord proves that each reading is told, by its reader, that it changes nothing else, and that nobody but services tells it
// (API-2).
func TestWhoReadTheFileIsOnRecord(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	f := newFixture(t)
	name := f.file().GetName()
	before := f.get(name)
	service := intakev1.NewRecordServiceClient(f.harness.Conn("services/suite", authv1.Role_SERVICE))
	req := &intakev1.RecordEvidencePackRequest{Name: name, Reader: "agents/ada", Sha256: bytes.Repeat([]byte{7}, 32), SizeBytes: 12, KeyId: "0011"}
	for range 2 {
		_, err := service.RecordEvidencePack(t.Context(), req)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"complaint_received", "evidence_pack_made", "evidence_pack_made"}, f.types(name))
	log := f.log(name)
	require.Equal(t, "agents/ada", log[1].GetActor())
	require.Equal(t, req.GetSha256(), f.payloads(name)[1].GetEvidencePackMade().GetSha256())
	require.Equal(t, before.String(), f.get(name).String(), "reading changes nothing")
	_, err := f.records.RecordEvidencePack(t.Context(), req)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	req.Name = "complaints/0123456789abcdefghjkmnpqrs"
	_, err = service.RecordEvidencePack(t.Context(), req)
	require.Equal(t, codes.NotFound, status.Code(err))
}
