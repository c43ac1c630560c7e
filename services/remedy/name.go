package remedy

import (
	"strings"
)

func complaintName(complaint string) string { return "complaints/" + complaint }

func remedyName(complaint, remedy string) string {
	return complaintName(complaint) + "/remedies/" + remedy
}

// complaintID takes the id out of "complaints/{complaint}"; false for any other name.
func complaintID(name string) (string, bool) {
	id, ok := strings.CutPrefix(name, "complaints/")
	return id, ok && id != "" && !strings.Contains(id, "/")
}

// remedyIDs takes the ids out of "complaints/{complaint}/remedies/{remedy}", which this package wrote.
func remedyIDs(name string) (complaint, remedy string) {
	parent, remedy, _ := strings.Cut(name, "/remedies/")
	complaint, _ = complaintID(parent)
	return complaint, remedy
}

// itemID takes the id out of "complaints/{complaint}/items/{item}"; false for what is no item of the complaint.
func itemID(complaint, name string) (string, bool) {
	id, ok := strings.CutPrefix(name, complaint+"/items/")
	return id, ok && id != "" && !strings.Contains(id, "/")
}

func itemName(complaint, item string) string { return complaintName(complaint) + "/items/" + item }

// approvalName is empty for no approval.
func approvalName(id string) string {
	if id == "" {
		return ""
	}
	return "approvals/" + id
}
