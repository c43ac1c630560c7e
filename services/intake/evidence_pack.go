package intake

import (
	"context"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// RecordEvidencePack puts on record that somebody is handed the file of a complaint (API-2). The complaint itself stays as it is, its etag too.
// Errors: COMPLAINT_NOT_FOUND.
func (s *Service) RecordEvidencePack(ctx context.Context, req *intakev1.RecordEvidencePackRequest) (*intakev1.RecordEvidencePackResponse, error) {
	id, err := complaintID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	_, err = s.store.Change(ctx, command(ctx), id, func(record *Record) (Effects, error) {
		e, err := s.edit(record, nil, req.GetReader())
		if err != nil {
			return Effects{}, err
		}
		e.tell(&eventv1.Payload{Kind: &eventv1.Payload_EvidencePackMade{EvidencePackMade: &eventv1.EvidencePackMade{
			Reader: req.GetReader(), Sha256: req.GetSha256(), SizeBytes: req.GetSizeBytes(), KeyId: req.GetKeyId(),
		}}})
		return e.effects(record, e.Version)
	})
	if err != nil {
		return nil, fault(err)
	}
	return &intakev1.RecordEvidencePackResponse{}, nil
}
