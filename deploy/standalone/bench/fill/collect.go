package fill

import (
	"context"
	"strings"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// pageSize is how many complaints are read at a time.
const pageSize = 200

// Collect reads the newest complaints of a running product, at most so many, and makes templates of them, in the same order. An
// agent reads them, a service their customers' keys.
func Collect(ctx context.Context, agent, service intakev1.IntakeServiceClient, most int) ([]Template, []*intakev1.Complaint, error) {
	var templates []Template
	var complaints []*intakev1.Complaint
	for token := ""; ; {
		page, err := agent.ListComplaints(ctx, &intakev1.ListComplaintsRequest{PageSize: pageSize, PageToken: token})
		if err != nil {
			return nil, nil, err
		}
		for _, c := range page.GetComplaints() {
			if len(templates) == most {
				return templates, complaints, nil
			}
			key, err := service.GetDataKey(ctx, &intakev1.GetDataKeyRequest{Customer: c.GetCustomer()})
			if err != nil {
				return nil, nil, err
			}
			complaints = append(complaints, c)
			templates = append(templates, Template{
				ID: strings.TrimPrefix(c.GetName(), "complaints/"), Customer: c.GetCustomer(), Key: key.GetKey(),
				Open: c.GetState() == intakev1.Complaint_ACTIVE,
			})
		}
		if token = page.GetNextPageToken(); token == "" {
			return templates, complaints, nil
		}
	}
}
