// Package importer brings complaints from a file to a running Redress (REC-8): it reads rows from CSV or JSON lines, streams
// them to the ImportService, and writes what became of each, in the order of the file, into a file of outcomes.
//
// That file is also what tells how far an import came. It is appended to and synced in batches; an import that was interrupted,
// however rudely, goes on behind the last outcome that is whole. A row whose outcome got lost is sent again and answered as there
// already, because rows are filed once by their source and key.
package importer
