package suite

import (
	"context"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/remedy"
)

// records asks followup what is on record in a complaint. It implements remedy.Records.
type records struct {
	client followupv1.FollowupServiceClient
}

func (r records) Find(ctx context.Context, complaint, name string) (remedy.Found, error) {
	found, err := r.client.FindEvidence(ctx, &followupv1.FindEvidenceRequest{Complaint: complaint, Evidence: name})
	if err != nil || !found.GetCustomersWord() {
		return remedy.Found{}, err
	}
	return remedy.Found{
		CustomersWord: true, Time: found.GetTime().AsTime(), Message: found.GetMessage(), Kind: found.GetKind(),
	}, nil
}
