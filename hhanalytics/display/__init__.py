"""What an analyst sees in JupyterLab: frames as tables, findings in words, frames as charts."""
