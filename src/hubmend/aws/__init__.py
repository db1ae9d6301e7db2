"""The only importer of the AWS SDK: one gateway, paced by AWS's published quotas."""
