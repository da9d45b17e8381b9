// Package files copies files from where they are put: a folder of this machine,
// an SFTP server, a store that speaks S3. A stream is a pattern of names, such
// as orders/*.csv or **/2026-*.parquet; what is new are files that are new or
// have changed, the oldest first. Reading the rows in them is for the loader.
package files
